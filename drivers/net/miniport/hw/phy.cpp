// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "phy.hpp"

#include "regs_82574.hpp"

namespace miniport::hw {
namespace {

// 802.3 §22.2.4: bits of control, status, advertisement and 1000BASE-T control.
constexpr std::uint16_t control_power_down = 1 << 11;
constexpr std::uint16_t control_autoneg = 1 << 12;
constexpr std::uint16_t control_restart_autoneg = 1 << 9;
constexpr std::uint16_t status_autoneg_complete = 1 << 5;
constexpr std::uint16_t advertise_10_100 = 0xF << 5;
constexpr std::uint16_t advertise_1000_full = 1 << 9;

enum class operation : std::uint32_t { write = 1, read = 2 };

/// One MDIO transaction, 82574 §10.2.2.7: 64 µs on the wire; MDIC.READY ends it.
status transact(registers &regs, operation op, phy_register which, std::uint16_t &data) noexcept
{
    using reg::MDIC;
    constexpr std::uint32_t phy_address = 1;
    constexpr unsigned deadline_us = 10'000;
    constexpr unsigned step_us = 50;
    constexpr unsigned tries = 3;

    status last = status::io_error;
    for (unsigned i = 0; i < tries; ++i) {
        regs.write(MDIC::DATA(op == operation::write ? data : 0) |
                   MDIC::REGADD(static_cast<std::uint32_t>(which)) | MDIC::PHYADD(phy_address) |
                   MDIC::OP(static_cast<std::uint32_t>(op)));
        last = regs.wait_for(MDIC::READY, true, deadline_us, step_us);
        if (last == status::removed)
            return last;
        if (failed(last))
            continue;
        const auto answer = regs.read<MDIC>();
        if (!answer[MDIC::ERROR]) {
            if (op == operation::read)
                data = static_cast<std::uint16_t>(answer[MDIC::DATA]);
            return status::ok;
        }
        last = status::io_error;
    }
    return last;
}

/// Sets `wanted` among `mask`; `changed` becomes true where the register differed.
status adjust(registers &regs, phy_register which, std::uint16_t mask, std::uint16_t wanted,
              bool &changed) noexcept
{
    std::uint16_t now = 0;
    if (const status s = read_phy(regs, which, now); failed(s))
        return s;
    if ((now & mask) == wanted)
        return status::ok;
    changed = true;
    return write_phy(regs, which, static_cast<std::uint16_t>((now & ~mask) | wanted));
}

} // namespace

status read_phy(registers &regs, phy_register which, std::uint16_t &value) noexcept
{
    return transact(regs, operation::read, which, value);
}

status write_phy(registers &regs, phy_register which, std::uint16_t value) noexcept
{
    return transact(regs, operation::write, which, value);
}

status start_phy(registers &regs) noexcept
{
    bool negotiate = false;
    if (const status s = adjust(regs, phy_register::control,
                                control_power_down | control_autoneg, control_autoneg, negotiate);
        failed(s))
        return s;
    if (const status s = adjust(regs, phy_register::advertisement, advertise_10_100,
                                advertise_10_100, negotiate);
        failed(s))
        return s;
    if (const status s = adjust(regs, phy_register::control_1000t, advertise_1000_full,
                                advertise_1000_full, negotiate);
        failed(s))
        return s;

    std::uint16_t bmsr = 0;
    if (const status s = read_phy(regs, phy_register::status, bmsr); failed(s))
        return s;
    if (!negotiate && (bmsr & status_autoneg_complete))
        return status::ok;
    return write_phy(regs, phy_register::control, control_autoneg | control_restart_autoneg);
}

} // namespace miniport::hw
