// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What can be made to go wrong, at any time, from any thread: a table of faults with one number
// each, lies told in write-backs, and registers that answer something else (hardware.md §5.1).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

// clang-format off
/// name, text, what its number means; 0 is always "no fault".
#define MINIPORT_NICMODEL_FAULTS(X)                                                                \
    X(removed,               "reads all ones, no DMA, no interrupts (1)")                          \
    X(dead,                  "reads zeros, no DMA, no interrupts (1)")                             \
    X(remove_at_access,      "removed at the n-th register access from now")                       \
    X(remove_at_descriptor,  "removed at the n-th descriptor from now")                            \
    X(link_down,             "cable out (1)")                                                      \
    X(link_flap,             "cable out and in every n ns")                                        \
    X(tx_hang,               "the transmit unit stands still (1)")                                 \
    X(rx_stall,              "receive DMA stands still, the packet buffer fills (1)")              \
    X(reset_never_ends,      "CTRL.RST stays set (1)")                                             \
    X(auto_read_never,       "EECD.AUTO_RD stays clear (1)")                                       \
    X(nvm_checksum,          "the NVM's checksum is wrong (1)")                                    \
    X(nvm_mac,               "the NVM's address is 1: zero, 2: a group address, 3: all ones")      \
    X(eerd_never,            "EERD and EEWR are never done (1)")                                   \
    X(mdic_never,            "MDIC is never ready (1)")                                            \
    X(mdic_error,            "the next n MDIC operations end in ERROR")                            \
    X(semaphore_stuck,       "firmware holds SWSM and EXTCNF_CTRL (1)")                            \
    X(master_never_stops,    "STATUS.GIO_MASTER_EN stays set (1)")                                 \
    X(interrupt_lost,        "the next n interrupt messages are lost")                             \
    X(interrupt_storm,       "an interrupt message every n ns (at least 1000), caused by nothing") \
    X(dma_late,              "every DMA stage takes n ns more")                                    \
    X(dma_partial,           "of the next n frames only the first half is transferred")
// clang-format on

enum class fault : u8 {
#define MINIPORT_NICMODEL_FAULT(name, text) name,
    MINIPORT_NICMODEL_FAULTS(MINIPORT_NICMODEL_FAULT)
#undef MINIPORT_NICMODEL_FAULT
        count_
};
inline constexpr std::size_t fault_count = static_cast<std::size_t>(fault::count_);

[[nodiscard]] const char *name_of(fault f) noexcept;
[[nodiscard]] const char *meaning_of(fault f) noexcept;

/// Which field of a written-back descriptor is replaced.
enum class lie : u8 {
    nothing,
    rx_status, ///< the whole status/error dword (legacy: status and errors bytes)
    rx_length, ///< length of buffer 0
    rx_mrq,
    rx_rss, ///< RSS hash, or IP identification and packet checksum
    rx_vlan,
    rx_header,   ///< packet split: header status
    rx_length_1, ///< packet split: length of buffer 1
    rx_length_2,
    rx_length_3,
    rx_never_done, ///< no write-back at all; the frame is in memory
    tx_never_done, ///< DD is not written
    tx_spurious,   ///< DD is written `value` slots further than the descriptor that is done
};

/// Replaces `mask` of field `what` by `value` in `count` descriptors after `skip` of that kind.
struct lie_order {
    lie what;
    u32 value;
    u32 skip = 0;
    u32 count = 1;
    u32 mask = 0xFFFF'FFFF;
};

class faults {
public:
    /// 0 ends the fault.
    void set(fault f, u64 value) noexcept;
    void clear() noexcept;
    [[nodiscard]] u64 operator[](fault f) const noexcept
    {
        return values_[static_cast<std::size_t>(f)].load(std::memory_order_relaxed);
    }

    /// False where all places for lies are taken.
    bool tell(const lie_order &order) noexcept;
    /// Reads of the register at `offset` give `value`, `count` times.
    bool answer(u32 offset, u32 value, u32 count) noexcept;

    // What the parts of the model ask.

    /// No fault of any kind is set: the one look of the fast path.
    [[nodiscard]] bool none() const noexcept
    {
        return active_.load(std::memory_order_relaxed) == 0;
    }
    /// Counts down a fault whose number is "the next n"; true while it lasts.
    bool use(fault f) noexcept;
    /// Counts down a fault whose number is "the n-th"; true when it is reached.
    bool reached(fault f) noexcept;
    [[nodiscard]] bool lying() const noexcept { return lies_.load(std::memory_order_acquire) != 0; }
    /// True where a lie of this kind is due for the descriptor at hand; `field` is replaced.
    bool lied(lie what, u32 &field) noexcept;
    [[nodiscard]] bool overrides() const noexcept
    {
        return answers_.load(std::memory_order_acquire) != 0;
    }
    bool answered(u32 offset, u32 &value) noexcept;

private:
    struct told {
        std::atomic<bool> taken{false}, ready{false};
        lie what{};
        u32 value = 0, mask = 0, skip = 0, count = 0;
    };
    struct answer_slot {
        std::atomic<bool> taken{false}, ready{false};
        u32 offset = 0, value = 0, count = 0;
    };

    std::array<std::atomic<u64>, fault_count> values_{};
    std::array<told, 32> told_{};
    std::array<answer_slot, 16> answer_slots_{};
    std::atomic<u32> active_{0}, lies_{0}, answers_{0};
};

} // namespace miniport::nicmodel
