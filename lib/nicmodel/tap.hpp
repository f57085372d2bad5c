// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// A cable into this machine's network stack: a Linux TAP interface (needs CAP_NET_ADMIN).
#pragma once

#include <array>

#include "nicmodel/far_end.hpp"

namespace miniport::nicmodel {

class tap final : public far_end {
public:
    tap() = default;
    ~tap() override;
    tap(const tap &) = delete;
    tap &operator=(const tap &) = delete;

    /// 0, or a negative errno.
    [[nodiscard]] int open(const char *name);
    void take(const frame &f) override;
    bool give(frame &f) override;

private:
    int fd_ = -1;
    std::array<u8, 16 * 1024> buffer_{};
};

} // namespace miniport::nicmodel
