// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The 82574L as its parts on one register file, without locks or drive: what a register access does
// (chip.cpp), and what falls due. model.hpp is its outside, lab.hpp its time and its cables.
#pragma once

#include <array>

#include "nicmodel/dma.hpp"
#include "nicmodel/faults.hpp"
#include "nicmodel/interrupts.hpp"
#include "nicmodel/nvm.hpp"
#include "nicmodel/phy.hpp"
#include "nicmodel/receive.hpp"
#include "nicmodel/registers.hpp"
#include "nicmodel/statistics.hpp"
#include "nicmodel/timesync.hpp"
#include "nicmodel/transmit.hpp"
#include "nicmodel/wire.hpp"

namespace miniport::nicmodel {

namespace ctrl_bits {
inline constexpr u32 FD = 1u << 0, GIO_MASTER_DISABLE = 1u << 2, SLU = 1u << 6, FRCSPD = 1u << 11,
                     FRCDPX = 1u << 12, RST = 1u << 26, RFCE = 1u << 27, TFCE = 1u << 28,
                     VME = 1u << 30, PHY_RST = 1u << 31;
}
namespace rctl_bits {
inline constexpr u32 EN = 1u << 1, SBP = 1u << 2, UPE = 1u << 3, MPE = 1u << 4, LPE = 1u << 5,
                     LBM_MAC = 1u << 6, BAM = 1u << 15, VFE = 1u << 18, CFIEN = 1u << 19,
                     DPF = 1u << 22, PMCF = 1u << 23, BSEX = 1u << 25, SECRC = 1u << 26;
}

/// How long things take, in model time.
struct latencies {
    u64 fetch_ns = 500;      ///< doorbell to descriptors
    u64 data_ns = 800;       ///< descriptors to data, arrival to memory
    u64 write_back_ns = 400; ///< a full batch to memory
    u64 hold_ns = 4'000;     ///< a batch that is not full waits for more
    u64 jitter_ns = 0;       ///< up to this much more for each stage, by seed
    u64 nvm_ns = 10'000;     ///< a word through EERD
    u64 mdic_ns = 64'000;    ///< 64 bit times of 1 µs, hardware.md §3.2
    u64 reset_ns = 1'000;    ///< registers are not there
    u64 auto_read_ns = 2'000'000;
    u64 negotiation_ns = 2'500'000'000;

    /// For rates and for tests of logic: DMA in the call that finds the doorbell.
    [[nodiscard]] static constexpr latencies immediate() noexcept
    {
        latencies l;
        l.fetch_ns = l.data_ns = l.write_back_ns = l.hold_ns = 0;
        l.negotiation_ns = 1'000'000;
        return l;
    }
};

struct options {
    mac_address mac{0x02, 0x4D, 0x50, 0x00, 0x00, 0x01};
    latencies timing;
    u64 seed = 1;
    bool flash_nvm = false; ///< EECD says that the NVM is flash
};

/// What no register tells.
struct counters {
    u64 register_accesses, unknown_reads, unknown_writes;
    u64 mdic_without_ownership, interrupts_lost, bad_tails;
    u64 descriptors_fetched, descriptors_written;
    u64 tx_frames, rx_frames;
    u64 rx_filtered, rx_no_link;
    u64 resets;
};

struct chip {
    chip(const u64 &clock, const options &o);
    chip(const chip &) = delete;
    chip &operator=(const chip &) = delete;

    const u64 &now;
    options opt;
    register_store regs;
    faults fault;
    counters count{};
    randomness random;
    dma bus;
    statistics stats;
    interrupts irq;
    nvm eeprom;
    timesync ptp;
    wire out;
    receiver rx;
    transmitter tx;
    phy copper; ///< last: its birth changes link

    /// One tail word per ring, each on its own cache line: stored by the driver, looked at by us.
    struct alignas(64) bell {
        u32 word = 0;
    };
    std::array<bell, 2> rx_bell{}, tx_bell{};
    bell scrap; ///< for doorbells that are none

    [[nodiscard]] u32 load(u32 offset) noexcept;
    void store(u32 offset, u32 value) noexcept;
    [[nodiscard]] volatile void *doorbell(u32 offset) noexcept;

    void power_on() noexcept;
    /// The two halves of a turn: transmit first everywhere, so that what arrives is written back in
    /// the same turn.
    void run_transmit() noexcept;
    void run_rest() noexcept;
    /// The next moment at which something happens without anybody's doing.
    [[nodiscard]] u64 due() const noexcept;
    void arm(u64 when) noexcept
    {
        if (when < next_due_)
            next_due_ = when;
    }

    [[nodiscard]] bool present() const noexcept
    {
        return fault.none() || (fault[fault::removed] == 0 && fault[fault::dead] == 0);
    }
    /// New DMA may begin.
    [[nodiscard]] bool may_master() const noexcept
    {
        return !regs.has(at::CTRL, ctrl_bits::GIO_MASTER_DISABLE) && reset_done_ == never &&
               present();
    }
    /// Frames from the wire reach the MAC.
    [[nodiscard]] bool hears() const noexcept
    {
        return link_up_ && present() && reset_done_ == never;
    }
    [[nodiscard]] bool link_up() const noexcept { return link_up_; }
    [[nodiscard]] u32 mac_speed() const noexcept;
    [[nodiscard]] bool immediate() const noexcept
    {
        return opt.timing.data_ns == 0 && fault.none();
    }
    [[nodiscard]] u64 later(u64 ns) noexcept;
    void link_changed() noexcept;
    void count_descriptor() noexcept;
    void send_pause(u32 quanta) noexcept;

private:
    [[nodiscard]] u32 load_special(const register_info &r, u32 n, u32 offset) noexcept;
    void store_special(const register_info &r, u32 n, u32 offset, u32 value) noexcept;
    void store_ctrl(u32 value) noexcept;
    void store_semaphore(u32 offset, u32 value) noexcept;
    [[nodiscard]] u32 status() const noexcept;
    [[nodiscard]] bool access_faulted(u32 offset, u32 &value) noexcept;
    void reset_mac() noexcept;
    void auto_read() noexcept;
    void run_reset() noexcept;

    u64 next_due_ = 0;
    u64 reset_done_ = never, auto_read_at_ = never;
    bool auto_read_done_ = false;
    bool link_up_ = false;
    bool was_present_ = true, was_faulty_ = false;
    bool phy_reset_ = false;
    bool alive_ = false; ///< construction is over
};

} // namespace miniport::nicmodel
