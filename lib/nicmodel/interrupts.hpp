// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// From causes to messages: ICR, IMS, automatic clearing and masking, vector allocation, throttling
// (hardware.md §3.9). Who gets a message is told after the lab's lock is free.
#pragma once

#include <array>
#include <atomic>

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

struct chip;

/// ICR bits, hardware.md §3.9.
namespace cause {
inline constexpr u32 TXDW = 1u << 0, TXQE = 1u << 1, LSC = 1u << 2, RXSEQ = 1u << 3,
                     RXDMT0 = 1u << 4, RXO = 1u << 6, RXT0 = 1u << 7, MDAC = 1u << 9,
                     TXD_LOW = 1u << 15, SRPD = 1u << 16, ACK = 1u << 17, RXQ0 = 1u << 20,
                     RXQ1 = 1u << 21, TXQ0 = 1u << 22, TXQ1 = 1u << 23, OTHER = 1u << 24,
                     INT_ASSERTED = 1u << 31;
/// What MSI-X reports as OTHER.
inline constexpr u32 others = LSC | RXSEQ | RXO | MDAC | SRPD | ACK;
inline constexpr u32 all = 0x01FF'FFFF;
} // namespace cause

/// What PCI configuration space would say.
enum class interrupt_kind : u8 { pin, msi, msi_x };
using interrupt_function = void (*)(void *context, unsigned vector);

class interrupts {
public:
    static constexpr u32 vectors = 5; // §3.1

    explicit interrupts(chip &c) noexcept : c_{c} {}

    void raise(u32 causes) noexcept;
    [[nodiscard]] u32 read_icr() noexcept;
    void write_icr(u32 value) noexcept;
    void write_ims(u32 value) noexcept;
    void write_imc(u32 value) noexcept;
    void reevaluate() noexcept { request(cause::all); }
    void forget_pending() noexcept; ///< CTRL_EXT.PBA_CLR

    void reset() noexcept;
    void run() noexcept;
    [[nodiscard]] u64 due() const noexcept;

    /// The level of INTx.
    [[nodiscard]] bool asserted() const noexcept;

    void kind(interrupt_kind k) noexcept { kind_ = k; }
    void receiver(interrupt_function f, void *context) noexcept
    {
        function_ = f;
        context_ = context;
    }
    /// Tells the receiver what was sent since; without the lab's lock.
    void deliver() noexcept;
    [[nodiscard]] bool undelivered() const noexcept
    {
        return sent_.load(std::memory_order_relaxed) != 0;
    }
    [[nodiscard]] u64 messages(u32 vector) const noexcept { return messages_[vector]; }

private:
    struct vector_state {
        bool pending = false;
        u64 allowed = 0;
    };
    void request(u32 causes) noexcept;
    void request_vector(u32 vector) noexcept;
    void send(u32 vector) noexcept;
    [[nodiscard]] u32 interval(u32 vector) const noexcept;
    [[nodiscard]] u32 causes_of(u32 vector) const noexcept;

    chip &c_;
    interrupt_kind kind_ = interrupt_kind::msi_x;
    interrupt_function function_ = nullptr;
    void *context_ = nullptr;
    std::array<vector_state, vectors> v_{};
    std::array<u64, vectors> messages_{};
    std::atomic<u32> sent_{0};
    bool line_ = false;
    u64 storm_ = never;
};

} // namespace miniport::nicmodel
