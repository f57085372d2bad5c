// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// When the transmit unit does what: doorbells, fetches, turns of the two queues, write-backs.
// transmit_frame.cpp makes the frames.
#include "nicmodel/transmit.hpp"

#include <algorithm>

#include "nicmodel/chip.hpp"

namespace miniport::nicmodel {
namespace {

constexpr u32 tctl_enable = 1u << 1, tarc_enable = 1u << 10;
constexpr u32 end_of_packet = 1u << 24, report_status = 1u << 27, extended = 1u << 29,
              interrupt_delay = 1u << 31;
constexpr u64 done_bit = u64{1} << 32;
constexpr u32 delay_tick_ns = 1024;
constexpr u32 turns_per_run = 128; // frames, so that the other models of a lab get their turn

} // namespace

const char *name_of(hang h) noexcept
{
    constexpr const char *names[] = {
        "none",        "short frame",    "empty segment", "large descriptor",
        "large frame", "bad large send", "unknown type",  "bus error"};
    return names[static_cast<u32>(h)];
}

transmitter::transmitter(chip &c) : c_{c}
{
    for (queue &q : q_)
        q.assembly.resize(16 * 1024);
    segment_.resize(80 * 1024);
}

void transmitter::reset() noexcept
{
    for (u32 n = 0; n < queues; ++n) {
        q_[n].base = 0;
        q_[n].size = 0;
        head_written(n, 0);
    }
    context_ = {};
    stuck_ = hang::none;
    paused_until_ = 0;
    delayed_causes_ = 0;
    delay_at_ = absolute_at_ = never;
    options_changed();
}

void transmitter::options_changed() noexcept
{
    for (u32 n = 0; n < queues; ++n)
        on_[n] =
            c_.regs.has(at::TCTL, tctl_enable) && c_.regs.has(at::TARC + 0x100 * n, tarc_enable);
    // §3.8: one descriptor ≤ the transmit half of the packet buffer − 96 B, and ≤ 24 KB.
    fifo_bytes_ = (c_.regs[at::PBA] >> 16) * 1024;
    largest_descriptor_ = fifo_bytes_ > 96 ? std::min(fifo_bytes_ - 96, 24u * 1024) : 0;
}

void transmitter::ring_changed(u32 n) noexcept
{
    queue &q = q_[n];
    const u32 step = 0x100 * n;
    q.base = u64{c_.regs[at::TDBAH + step]} << 32 | c_.regs[at::TDBAL + step];
    q.size = c_.regs[at::TDLEN + step] / 16;
    head_written(n, q.head);
}

void transmitter::head_written(u32 n, u32 value) noexcept
{
    queue &q = q_[n];
    q.head = q.fetch = value;
    q.cache_first = q.cache_count = q.finished_count = 0;
    q.fetch_at = q.data_at = q.write_back_at = never;
    q.waits_for_wire = false;
    q.delay_interrupt = true;
    q.in_frame = false;
    q.gathered = 0;
}

u32 transmitter::posted(u32 n) const noexcept
{
    const queue &q = q_[n];
    const u32 t = __atomic_load_n(&c_.tx_bell[n].word, __ATOMIC_ACQUIRE) & 0xFFFF;
    if (t >= q.size || q.fetch >= q.size)
        return 0;
    return t >= q.fetch ? t - q.fetch : t + q.size - q.fetch;
}

bool transmitter::enabled(u32 n) const noexcept
{
    return on_[n] && stuck_ == hang::none &&
           (c_.fault.none() || (c_.fault[fault::tx_hang] == 0 && c_.present()));
}

bool transmitter::may_send() const noexcept
{
    const bool loop = c_.regs.has(at::RCTL, rctl_bits::LBM_MAC) || c_.copper.loopback();
    return paused_until_ <= c_.now && (c_.link_up() || loop);
}

void transmitter::fetch(u32 n) noexcept
{
    queue &q = q_[n];
    q.fetch_at = never;
    u32 todo = std::min(cache_descriptors - q.cache_count, posted(n));
    while (todo > 0) {
        const u32 run = std::min(todo, q.size - q.fetch);
        const u8 *p = c_.bus.map(q.base + u64{q.fetch} * 16, u64{run} * 16);
        if (p == nullptr)
            return hung(hang::bus_error);
        for (u32 i = 0; i < run; ++i, p += 16)
            q.cache[(q.cache_first + q.cache_count++) % cache_descriptors] = {load_word(p),
                                                                              load_word(p + 8)};
        c_.count.descriptors_fetched += run;
        q.fetch = q.fetch + run == q.size ? 0 : q.fetch + run;
        todo -= run;
    }
}

void transmitter::schedule(u32 n) noexcept
{
    queue &q = q_[n];
    if (!enabled(n) || !c_.may_master())
        return;
    if (q.fetch_at == never && q.cache_count <= cache_descriptors / 2 && posted(n) != 0) {
        if (c_.immediate()) {
            fetch(n);
        } else {
            q.fetch_at = c_.later(c_.opt.timing.fetch_ns);
            c_.arm(q.fetch_at);
        }
    }
    if (q.cache_count != 0 && q.data_at == never) {
        q.data_at = c_.immediate() ? c_.now : c_.later(c_.opt.timing.data_ns);
        if (q.data_at > c_.now)
            c_.arm(q.data_at);
    }
}

void transmitter::run()
{
    for (u32 n = 0; n < queues; ++n) {
        if (q_[n].fetch_at <= c_.now)
            fetch(n);
        schedule(n);
    }
    // Frame by frame in turn; the context that one queue sets is the context of both (E3).
    if (may_send())
        for (u32 turn = 0, idle = 0; turn < turns_per_run && idle < queues; ++turn) {
            const u32 n = next_queue_;
            next_queue_ ^= 1;
            const bool due_now = q_[n].data_at <= c_.now && q_[n].cache_count != 0 && enabled(n);
            idle = due_now && packet(n) ? 0 : idle + 1;
            if (q_[n].cache_count == 0) {
                q_[n].data_at = never;
                schedule(n);
            }
        }
    for (u32 n = 0; n < queues; ++n)
        if (q_[n].finished_count != 0 && q_[n].write_back_at <= c_.now)
            write_back(n);
    if (delay_at_ <= c_.now || absolute_at_ <= c_.now) {
        c_.stats.add(delay_at_ <= c_.now ? at::ICTXPTC : at::ICTXATC);
        expire_delay();
    }
}

bool transmitter::packet(u32 n)
{
    queue &q = q_[n];
    if (!q.in_frame) {
        const u64 room = c_.out.room_at(fifo_bytes_);
        q.waits_for_wire = room > c_.now;
        if (q.waits_for_wire) {
            q.data_at = room;
            c_.arm(room);
            return false;
        }
    }
    bool some = false;
    while (q.cache_count != 0) {
        const descriptor d = q.cache[q.cache_first];
        const auto lower = static_cast<u32>(d.high);
        bool end = false;
        if ((lower & extended) != 0 && (lower >> 20 & 0xF) == 0) {
            context_ = decode_context(d.low, d.high);
        } else if ((lower & extended) != 0 && (lower >> 20 & 0xF) != 1) {
            hung(hang::unknown_type);
        } else if (data(q, d)) {
            end = (lower & end_of_packet) != 0;
        }
        if (stuck_ != hang::none)
            return some;
        q.cache_first = (q.cache_first + 1) % cache_descriptors;
        --q.cache_count;
        retire(n, q, d);
        some = true;
        if (end || !enabled(n))
            break;
    }
    return some;
}

void transmitter::retire(u32 n, queue &q, const descriptor &d) noexcept
{
    const u32 slot = q.head;
    q.head = slot + 1 == q.size ? 0 : slot + 1;
    if (!c_.fault.none())
        c_.count_descriptor();
    const auto lower = static_cast<u32>(d.high);
    if ((lower & report_status) == 0)
        return;
    q.done[q.finished_count++] = {slot, d.high | done_bit};
    q.delay_interrupt = q.delay_interrupt && (lower & interrupt_delay) != 0;
    const u32 batch = std::max(c_.regs[at::TXDCTL + 0x100 * n] >> 16 & 0x3F, 1u);
    if (c_.immediate()) {
        q.write_back_at = c_.now;
    } else {
        const u64 when = c_.later(q.finished_count >= batch ? c_.opt.timing.write_back_ns
                                                            : c_.opt.timing.hold_ns);
        q.write_back_at = std::min(q.write_back_at, when);
        c_.arm(q.write_back_at);
    }
    if (q.finished_count == cache_descriptors)
        write_back(n);
}

void transmitter::write_back(u32 n) noexcept
{
    queue &q = q_[n];
    q.write_back_at = never;
    if (!c_.present()) { // it went with the descriptor before
        q.finished_count = 0;
        return;
    }
    u8 *const ring = c_.bus.map(q.base, u64{q.size} * 16);
    for (u32 i = 0; i < q.finished_count && ring != nullptr; ++i) {
        const finished &d = q.done[i];
        if (c_.fault.lying()) {
            u32 none = 0, ahead = 0;
            if (c_.fault.lied(lie::tx_spurious, ahead)) {
                u8 *const other = ring + u64{(d.slot + ahead) % q.size} * 16;
                store_word(other + 8, load_word(other + 8) | done_bit);
            }
            if (c_.fault.lied(lie::tx_never_done, none))
                continue;
        }
        store_word(ring + u64{d.slot} * 16 + 8, d.high);
    }
    c_.count.descriptors_written += q.finished_count;
    q.finished_count = 0;

    const bool empty = q.cache_count == 0 && posted(n) == 0;
    const u32 causes = cause::TXDW | (n == 0 ? cause::TXQ0 : cause::TXQ1);
    const u32 tidv = c_.regs[at::TIDV] & 0xFFFF, tadv = c_.regs[at::TADV] & 0xFFFF;
    if (q.delay_interrupt && tidv != 0) {
        delayed_causes_ |= causes;
        delay_at_ = c_.now + u64{tidv} * delay_tick_ns;
        c_.arm(delay_at_);
        if (tadv != 0 && absolute_at_ == never) {
            absolute_at_ = c_.now + u64{tadv} * delay_tick_ns;
            c_.arm(absolute_at_);
        }
        if (empty)
            c_.irq.raise(cause::TXQE);
    } else {
        c_.irq.raise(causes | (empty ? cause::TXQE : 0));
    }
    q.delay_interrupt = true;
}

void transmitter::expire_delay() noexcept
{
    const u32 causes = delayed_causes_;
    delayed_causes_ = 0;
    delay_at_ = absolute_at_ = never;
    if (causes != 0)
        c_.irq.raise(causes);
}

void transmitter::pause(u32 quanta) noexcept
{
    const u32 mbps = std::max(c_.mac_speed(), 1u);
    paused_until_ = c_.now + u64{quanta} * 512'000 / mbps;
    c_.arm(paused_until_);
}

bool transmitter::paused() const noexcept
{
    return paused_until_ > c_.now;
}

bool transmitter::in_flight() const noexcept
{
    return std::any_of(q_.begin(), q_.end(), [&](const queue &q) {
        const bool reading = q.data_at != never && q.cache_count != 0 && !q.waits_for_wire &&
                             may_send() && stuck_ == hang::none;
        return q.fetch_at != never || reading || q.finished_count != 0;
    });
}

u64 transmitter::due() const noexcept
{
    u64 first = std::min(delay_at_, absolute_at_);
    if (paused_until_ > c_.now)
        first = std::min(first, paused_until_);
    for (u32 n = 0; n < queues; ++n) {
        const queue &q = q_[n];
        first = std::min(first, q.fetch_at);
        if (q.finished_count != 0)
            first = std::min(first, q.write_back_at);
        if (q.cache_count != 0 && enabled(n) && may_send())
            first = std::min(first, q.data_at);
    }
    return first;
}

} // namespace miniport::nicmodel
