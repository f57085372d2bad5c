// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// A stand-in for an 82574L as far as bring-up sees it: registers that remember, the side effects
// that hardware.md §3.2–§3.4 tells of, a clock that only sleeping moves, and switches for what may
// go wrong. Offsets and bits are the data sheet's, written out a second time.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "hw/nvm.hpp"

class fake_82574 : public miniport::hw::io_backend {
public:
    // What the tests name.
    static constexpr std::uint32_t CTRL = 0x0000, STATUS = 0x0008, EECD = 0x0010, EERD = 0x0014,
                                   CTRL_EXT = 0x0018, MDIC = 0x0020, ICR = 0x00C0, IMS = 0x00D0,
                                   IMC = 0x00D8, IVAR = 0x00E4, RCTL = 0x0100, TCTL = 0x0400,
                                   EXTCNF_CTRL = 0x0F00, PBA = 0x1000, RDBAL = 0x2800, RDT = 0x2818,
                                   TDBAL = 0x3800, TDT = 0x3818, RFCTL = 0x5008, MTA = 0x5200,
                                   RAL = 0x5400, RAH = 0x5404, VFTA = 0x5600;
    static constexpr std::uint32_t RST = 1u << 26, MASTER_DISABLE = 1u << 2, MASTER_EN = 1u << 19,
                                   MDIO_OWNED = 1u << 5, AUTO_RD = 1u << 9;

    struct access {
        std::uint32_t offset;
        std::uint32_t value;
    };

    fake_82574()
    {
        miniport::hw::io::backends[number] = this;
        reg[STATUS] = 0x83; // link up, full duplex, 1000 Mb/s
        for (unsigned i = 0; i < nvm.size(); ++i)
            nvm[i] = static_cast<std::uint16_t>(0x1000 + i);
        phy[0] = 0x1140; // autonegotiation on
        phy[1] = 0x0020; // and complete
        phy[4] = 0x01E1;
        phy[9] = 0x0200;
    }
    ~fake_82574() override { miniport::hw::io::backends[number] = nullptr; }
    fake_82574(const fake_82574 &) = delete;
    fake_82574 &operator=(const fake_82574 &) = delete;

    [[nodiscard]] miniport::hw::registers registers() const
    {
        return miniport::hw::registers{miniport::hw::io{number}};
    }

    // --- what went on
    // -----------------------------------------------------------------------------
    std::map<std::uint32_t, std::uint32_t> reg;
    std::vector<access> writes; ///< every write, in order
    std::uint64_t accesses = 0;
    std::uint64_t now_us = 0;
    unsigned resets = 0;
    unsigned too_early = 0;                          ///< accesses within 1 ms of a reset
    std::map<std::uint32_t, std::uint32_t> at_reset; ///< the registers just before the last one
    std::array<std::uint16_t, 64> nvm{};
    std::array<std::uint16_t, 32> phy{};
    std::vector<access> phy_writes;

    // --- what goes wrong
    // --------------------------------------------------------------------------
    std::uint64_t gone_from = UINT64_MAX; ///< from this access on every read is all ones
    bool master_stays = false;            ///< GIO_MASTER_EN never clears
    bool reset_hangs = false;             ///< RST never clears
    unsigned absent_us = 0;               ///< after a reset all reads are all ones for so long
    bool configuration_missing = false;   ///< AUTO_RD never comes
    bool mdio_refused = false;            ///< firmware never lets MDIO go
    bool eerd_silent = false, mdic_silent = false;
    unsigned mdic_errors = 0; ///< transactions that end in an error

    // --- io_backend
    // -------------------------------------------------------------------------------
    std::uint32_t load(std::uint32_t offset) override
    {
        if (accesses++ >= gone_from)
            return 0xFFFF'FFFF;
        too_early += now_us < quiet_until_us;
        if (now_us < absent_until_us)
            return 0xFFFF'FFFF;
        if (offset == ICR) // reading clears
            return std::exchange(reg[ICR], 0u);
        return reg[offset];
    }

    void store(std::uint32_t offset, std::uint32_t value) override
    {
        writes.push_back({offset, value});
        if (accesses++ >= gone_from)
            return;
        too_early += now_us < quiet_until_us;
        switch (offset) {
        case CTRL:
            control(value);
            break;
        case EERD:
            reg[EERD] = value & 0xFFFC;
            if (!eerd_silent && (value & 1) != 0)
                reg[EERD] |= 2u | std::uint32_t{nvm[value >> 2 & 0x3F]} << 16;
            break;
        case MDIC:
            transact(value);
            break;
        case EXTCNF_CTRL:
            reg[EXTCNF_CTRL] = mdio_refused ? value & ~MDIO_OWNED : value;
            break;
        case ICR: // write 1 to clear
            reg[ICR] &= ~value;
            break;
        case IMS:
            reg[IMS] |= value;
            break;
        case IMC:
            reg[IMS] &= ~value;
            break;
        case STATUS:
            break;
        default:
            reg[offset] = value;
        }
    }

    void sleep_us(unsigned us) override { now_us += us; }

    volatile void *doorbell(std::uint32_t offset) override { return &reg[offset]; }

    // --- questions to the log
    // ---------------------------------------------------------------------
    static constexpr std::size_t never = SIZE_MAX;
    /// Where in `writes` the register was first written with all of `bits`, from `from` on.
    [[nodiscard]] std::size_t first(std::uint32_t offset, std::uint32_t bits = 0,
                                    std::size_t from = 0) const
    {
        for (std::size_t i = from; i < writes.size(); ++i)
            if (writes[i].offset == offset && (writes[i].value & bits) == bits)
                return i;
        return never;
    }

private:
    static constexpr std::uint8_t number = 62;

    void control(std::uint32_t value)
    {
        reg[CTRL] = value & ~RST;
        if ((value & RST) != 0) {
            ++resets;
            at_reset = reg;
            quiet_until_us = now_us + 1000;
            absent_until_us = now_us + absent_us;
            reg[CTRL] = reset_hangs ? RST : 0;
            reg[RCTL] = reg[TCTL] = reg[IMS] = 0;
            reg[ICR] = 0x8000'0004; // causes linger
        }
        if (!configuration_missing)
            reg[EECD] |= AUTO_RD;
        const bool disabled = (value & MASTER_DISABLE) != 0 && (value & RST) == 0;
        if (disabled && !master_stays)
            reg[STATUS] &= ~MASTER_EN;
        else
            reg[STATUS] |= MASTER_EN;
    }

    void transact(std::uint32_t value)
    {
        constexpr std::uint32_t ready = 1u << 28, error = 1u << 30;
        reg[MDIC] = value & 0x0FFF'FFFF;
        if (mdic_silent)
            return;
        reg[MDIC] |= ready;
        const std::uint32_t which = value >> 16 & 0x1F;
        if (mdic_errors != 0 || (value >> 21 & 0x1F) != 1) { // nobody else is on the bus
            mdic_errors -= mdic_errors != 0;
            reg[MDIC] |= error;
        } else if ((value >> 26 & 3) == 1) {
            phy_writes.push_back({which, value & 0xFFFF});
            phy[which] = static_cast<std::uint16_t>(value);
        } else {
            reg[MDIC] = (reg[MDIC] & 0xFFFF'0000) | phy[which];
        }
    }

    std::uint64_t quiet_until_us = 0;
    std::uint64_t absent_until_us = 0;
};
