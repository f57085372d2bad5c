// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The non-volatile memory: 16-bit words read through EERD, guarded by a checksum.
#pragma once

#include <array>
#include <cstdint>

#include "hw/io.hpp"
#include "hw/register_file.hpp"
#include "status.hpp"

namespace miniport::hw {

using registers = register_file<io>;
using mac_address = std::array<std::uint8_t, 6>;

/// 82574 §6.1: words 0x00…0x3F.
inline constexpr unsigned nvm_words = 0x40;
using nvm_image = std::array<std::uint16_t, nvm_words>;

/// Reads all words; bounded: status::timed_out or status::removed where the chip stays silent.
[[nodiscard]] status read_nvm(registers &regs, nvm_image &out) noexcept;

/// 82574 §6.1.2.1: the sum of all words is 0xBABA.
[[nodiscard]] bool checksum_valid(const nvm_image &nvm) noexcept;

/// Words 0–2, little endian.
[[nodiscard]] mac_address mac_of(const nvm_image &nvm) noexcept;

/// A station can have it: neither all zero nor a group address.
[[nodiscard]] bool assignable(const mac_address &mac) noexcept;

} // namespace miniport::hw
