// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// A cable into files: frames come from one capture file, and go to another (libpcap).
#pragma once

#include <array>

#include "nicmodel/far_end.hpp"

struct pcap;
struct pcap_dumper;

namespace miniport::nicmodel {

class capture final : public far_end {
public:
    /// Frames are stamped with this clock: lab::clock().
    explicit capture(const u64 *clock_ns = nullptr) noexcept : clock_{clock_ns} {}
    ~capture() override;
    capture(const capture &) = delete;
    capture &operator=(const capture &) = delete;

    /// False, with a message in error(): no such file, not Ethernet.
    [[nodiscard]] bool read_from(const char *path, bool again_and_again = false);
    [[nodiscard]] bool write_to(const char *path);
    void flush();
    void take(const frame &f) override;
    bool give(frame &f) override;
    [[nodiscard]] u64 given() const noexcept { return given_; }
    [[nodiscard]] u64 taken() const noexcept { return taken_; }
    /// Cut short when they were captured.
    [[nodiscard]] u64 skipped() const noexcept { return skipped_; }
    [[nodiscard]] const char *error() const noexcept { return error_; }

private:
    const u64 *clock_;
    ::pcap *in_ = nullptr, *out_format_ = nullptr;
    ::pcap_dumper *out_ = nullptr;
    const char *path_ = nullptr;
    bool again_ = false;
    u64 given_ = 0, taken_ = 0, skipped_ = 0;
    std::array<u8, 64> padded_{};
    char error_[256] = {};
};

} // namespace miniport::nicmodel
