// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What a user may say of one device behind its address: -a BDF,key=value.
#pragma once

#include "dpdk.hpp"
#include "status.hpp"

namespace miniport {

struct device_arguments {
    /// nvm_checksum=ignore: come up although the NVM's checksum is wrong (default: refuse).
    bool ignore_nvm_checksum = false;
};

/// status::invalid after one error line that names what was not understood.
[[nodiscard]] status parse(const rte_devargs *given, const char *device,
                           device_arguments &out) noexcept;

} // namespace miniport
