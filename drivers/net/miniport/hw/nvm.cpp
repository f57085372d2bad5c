// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nvm.hpp"

#include <numeric>

#include "regs_82574.hpp"

namespace miniport::hw {

status read_nvm(registers &regs, nvm_image &out) noexcept
{
    using reg::EERD;
    // A word takes the chip some 10 µs; a hundred times that is a chip that does not answer.
    constexpr unsigned deadline_us = 5000;
    constexpr unsigned step_us = 20;

    for (unsigned word = 0; word < nvm_words; ++word) {
        regs.write(EERD::START(true) | EERD::ADDR(word));
        if (const status s = regs.wait_for(EERD::DONE, true, deadline_us, step_us); failed(s))
            return s;
        out[word] = static_cast<std::uint16_t>(regs.read<EERD>()[EERD::DATA]);
    }
    return status::ok;
}

bool checksum_valid(const nvm_image &nvm) noexcept
{
    constexpr std::uint16_t expected = 0xBABA;
    return static_cast<std::uint16_t>(std::accumulate(nvm.begin(), nvm.end(), 0u)) == expected;
}

mac_address mac_of(const nvm_image &nvm) noexcept
{
    mac_address mac{};
    for (unsigned i = 0; i < mac.size(); ++i)
        mac[i] = static_cast<std::uint8_t>(nvm[i / 2] >> (i % 2 * 8));
    return mac;
}

bool assignable(const mac_address &mac) noexcept
{
    const bool group = (mac[0] & 1) != 0;
    return !group && mac != mac_address{};
}

} // namespace miniport::hw
