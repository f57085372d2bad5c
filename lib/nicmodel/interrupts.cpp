// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/interrupts.hpp"

#include <algorithm>

#include "nicmodel/chip.hpp"

namespace miniport::nicmodel {
namespace {

constexpr u32 ext_eiame = 1u << 24, ext_iame = 1u << 27;
constexpr u32 tick_ns = 256; // unit of ITR and EITR

/// The causes that IVAR allocates, in its order.
constexpr u32 allocated[] = {cause::RXQ0, cause::RXQ1, cause::TXQ0, cause::TXQ1, cause::OTHER};

} // namespace

void interrupts::raise(u32 causes) noexcept
{
    u32 &icr = c_.regs[at::ICR];
    icr |= causes & cause::all;
    if ((causes & cause::RXDMT0) != 0)
        c_.stats.add(at::ICRXDMTC);
    if ((causes & cause::RXO) != 0)
        c_.stats.add(at::ICRXOC);
    if ((causes & cause::TXQE) != 0)
        c_.stats.add(at::ICTXQEC);
    if ((causes & c_.regs[at::IMS] & cause::others) != 0) {
        icr |= cause::OTHER;
        causes |= cause::OTHER;
    }
    request(causes);
}

bool interrupts::asserted() const noexcept
{
    return (c_.regs[at::ICR] & c_.regs[at::IMS] & cause::all) != 0;
}

void interrupts::request(u32 causes) noexcept
{
    const u32 active = c_.regs[at::ICR] & c_.regs[at::IMS] & cause::all;
    u32 &icr = c_.regs[at::ICR];
    icr = active != 0 ? icr | cause::INT_ASSERTED : icr & ~cause::INT_ASSERTED;
    const bool rising = active != 0 && !line_;
    line_ = active != 0;
    if ((active & causes) == 0)
        return;
    if (kind_ != interrupt_kind::msi_x) {
        if (rising || kind_ == interrupt_kind::msi)
            request_vector(0);
        return;
    }
    const u32 ivar = c_.regs[at::IVAR];
    for (u32 i = 0; i < 5; ++i) {
        const u32 entry = ivar >> (4 * i) & 0xF;
        if ((active & causes & allocated[i]) != 0 && (entry & 8) != 0)
            request_vector(entry & 7);
    }
}

void interrupts::request_vector(u32 vector) noexcept
{
    if (vector >= vectors)
        return; // §3.1: five exist
    v_[vector].pending = true;
    if (v_[vector].allowed <= c_.now)
        send(vector);
    else
        c_.arm(v_[vector].allowed);
}

u32 interrupts::interval(u32 vector) const noexcept
{
    return kind_ == interrupt_kind::msi_x ? c_.regs[at::EITR + 4 * vector] : c_.regs[at::ITR];
}

u32 interrupts::causes_of(u32 vector) const noexcept
{
    u32 causes = 0;
    for (u32 i = 0; i < 5; ++i)
        if ((c_.regs[at::IVAR] >> (4 * i) & 0xF) == (8 | vector))
            causes |= allocated[i];
    return causes;
}

void interrupts::send(u32 vector) noexcept
{
    v_[vector].pending = false;
    v_[vector].allowed = c_.now + u64{interval(vector)} * tick_ns;
    if (kind_ == interrupt_kind::msi_x) {
        // §3.9: with the message, causes clear themselves (EIAC) and mask themselves (EIAME, IAM).
        const u32 causes = causes_of(vector);
        c_.regs[at::ICR] &= ~(c_.regs[at::EIAC] & causes);
        if (c_.regs.has(at::CTRL_EXT, ext_eiame))
            c_.regs[at::IMS] &= ~(c_.regs[at::IAM] & causes);
        line_ = asserted();
        if (!line_)
            c_.regs[at::ICR] &= ~cause::INT_ASSERTED;
    }
    c_.stats.add(at::IAC);
    if (c_.fault.use(fault::interrupt_lost)) {
        ++c_.count.interrupts_lost;
        return;
    }
    ++messages_[vector];
    sent_.fetch_or(1u << vector, std::memory_order_relaxed);
}

void interrupts::deliver() noexcept
{
    const u32 sent = sent_.exchange(0, std::memory_order_acquire);
    for (u32 v = 0; v < vectors; ++v)
        if ((sent >> v & 1) != 0 && function_ != nullptr)
            function_(context_, v);
}

u32 interrupts::read_icr() noexcept
{
    // 82574 §10.2.4.1: a read clears everything when nothing is enabled, or when an interrupt is
    // asserted; otherwise it changes nothing (what ERRATUM 12, hardware.md §3.9, is about).
    u32 &icr = c_.regs[at::ICR];
    const u32 value = icr;
    const bool is_asserted = (icr & cause::INT_ASSERTED) != 0;
    if (c_.regs[at::IMS] == 0 || is_asserted)
        icr = 0;
    if (is_asserted && c_.regs.has(at::CTRL_EXT, ext_iame))
        c_.regs[at::IMS] &= ~c_.regs[at::IAM];
    line_ = asserted();
    return value;
}

void interrupts::write_icr(u32 value) noexcept
{
    u32 &icr = c_.regs[at::ICR];
    const bool was_asserted = (icr & cause::INT_ASSERTED) != 0;
    icr &= ~(value & cause::all);
    if (was_asserted && c_.regs.has(at::CTRL_EXT, ext_iame))
        c_.regs[at::IMS] &= ~c_.regs[at::IAM];
    line_ = asserted();
    if (!line_)
        icr &= ~cause::INT_ASSERTED;
}

void interrupts::write_ims(u32 value) noexcept
{
    c_.regs[at::IMS] |= value & cause::all;
    // Level semantics (§4.1 row 24): a cause that is there already interrupts when it is unmasked.
    if ((c_.regs[at::ICR] & c_.regs[at::IMS] & cause::others) != 0)
        c_.regs[at::ICR] |= cause::OTHER;
    request(value);
}

void interrupts::write_imc(u32 value) noexcept
{
    c_.regs[at::IMS] &= ~value;
    if (!asserted())
        c_.regs[at::ICR] &= ~cause::INT_ASSERTED;
    line_ = asserted();
    for (u32 v = 0; v < vectors; ++v) {
        const u32 causes = kind_ == interrupt_kind::msi_x ? causes_of(v) : cause::all;
        if ((causes & c_.regs[at::IMS] & c_.regs[at::ICR]) == 0 && (causes & value) != 0)
            v_[v].pending = false;
    }
}

void interrupts::forget_pending() noexcept
{
    for (vector_state &v : v_)
        v.pending = false;
}

void interrupts::reset() noexcept
{
    v_ = {};
    line_ = false;
    storm_ = never;
}

void interrupts::run() noexcept
{
    for (u32 v = 0; v < vectors; ++v)
        if (v_[v].pending && v_[v].allowed <= c_.now)
            send(v);

    const u64 period = c_.fault[fault::interrupt_storm];
    if (period == 0) {
        storm_ = never;
    } else {
        if (storm_ == never)
            storm_ = c_.now;
        if (storm_ <= c_.now) {
            const u32 entry = c_.regs[at::IVAR] >> 16 & 0xF;
            const bool to_other = kind_ == interrupt_kind::msi_x && (entry & 8) != 0;
            const u32 vector = to_other ? std::min(entry & 7, vectors - 1) : 0;
            ++messages_[vector];
            sent_.fetch_or(1u << vector, std::memory_order_relaxed);
            storm_ = c_.now + std::max<u64>(period, 1000);
        }
        c_.arm(storm_);
    }
}

u64 interrupts::due() const noexcept
{
    u64 first = storm_;
    for (const vector_state &v : v_)
        if (v.pending)
            first = std::min(first, v.allowed);
    return first;
}

} // namespace miniport::nicmodel
