// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// From the packet buffer to memory: descriptors fetched ahead, data scattered, write-backs batched.
#include <algorithm>

#include "nicmodel/chip.hpp"
#include "nicmodel/receive.hpp"

namespace miniport::nicmodel {
namespace {

constexpr u32 delay_tick_ns = 1024; // unit of RDTR and RADV, hardware.md §3.5

/// Up to three pieces of memory, read as one.
class gather {
public:
    void add(const u8 *p, u32 n) noexcept
    {
        if (n != 0)
            pieces_[count_++] = {p, n};
        total_ += n;
    }
    [[nodiscard]] u32 total() const noexcept { return total_; }
    void copy(u8 *to, u32 from, u32 n) const noexcept
    {
        for (u32 i = 0; i < count_ && n > 0; ++i) {
            const piece &p = pieces_[i];
            if (from >= p.n) {
                from -= p.n;
                continue;
            }
            const u32 part = std::min(n, p.n - from);
            // A device on its own cable may be told to receive into what it sends.
            std::memmove(to, p.p + from, part);
            to += part;
            n -= part;
            from = 0;
        }
    }

private:
    struct piece {
        const u8 *p;
        u32 n;
    };
    piece pieces_[3];
    u32 count_ = 0, total_ = 0;
};

} // namespace

void receiver::ring_changed(u32 n) noexcept
{
    queue &q = q_[n];
    const u32 step = 0x100 * n;
    q.base = u64{c_.regs[at::RDBAH + step]} << 32 | c_.regs[at::RDBAL + step];
    q.size = c_.regs[at::RDLEN + step] / k_.descriptor_bytes;
    head_written(n, q.head);
}

void receiver::head_written(u32 n, u32 value) noexcept
{
    queue &q = q_[n];
    q.head = q.use = q.fetch = value;
    q.cache_first = q.cache_count = q.finished_count = 0;
    q.fetch_at = q.write_back_at = never;
    q.broken = q.below_threshold = false;
}

u32 receiver::tail(u32 n) const noexcept
{
    return __atomic_load_n(&c_.rx_bell[n].word, __ATOMIC_ACQUIRE) & 0xFFFF;
}

u32 receiver::posted(u32 n) const noexcept
{
    const queue &q = q_[n];
    const u32 t = tail(n);
    if (t >= q.size || q.fetch >= q.size)
        return 0;
    return t >= q.fetch ? t - q.fetch : t + q.size - q.fetch;
}

bool receiver::needs_fetch(u32 n) const noexcept
{
    const queue &q = q_[n];
    return !q.broken && q.cache_count <= cache_descriptors / 2 && posted(n) != 0;
}

void receiver::fetch(u32 n) noexcept
{
    queue &q = q_[n];
    q.fetch_at = never;
    u32 todo = std::min(cache_descriptors - q.cache_count, posted(n));
    while (todo > 0) {
        const u32 run = std::min(todo, q.size - q.fetch);
        const u8 *p =
            c_.bus.map(q.base + u64{q.fetch} * k_.descriptor_bytes, u64{run} * k_.descriptor_bytes);
        if (p == nullptr) { // a completion that never comes: the unit waits for it
            q.broken = true;
            return;
        }
        for (u32 i = 0; i < run; ++i, p += k_.descriptor_bytes) {
            descriptor &d = q.cache[(q.cache_first + q.cache_count++) % cache_descriptors];
            d.address[0] = load_word(p);
            if (k_.split)
                for (u32 b = 1; b < 4; ++b)
                    d.address[b] = load_word(p + 8 * b);
        }
        c_.count.descriptors_fetched += run;
        q.fetch = q.fetch + run == q.size ? 0 : q.fetch + run;
        todo -= run;
    }
}

u32 receiver::bytes_in_memory(const frame &f, const headers &h) const noexcept
{
    return f.length + (k_.strip_crc ? 0 : fcs_bytes) - (k_.strip_vlan && h.tagged ? 4 : 0);
}

bool receiver::deliver(const frame &f, note &n)
{
    queue &q = q_[n.v.queue];
    u8 fcs[4];
    gather data;
    const bool strip = k_.strip_vlan && n.h.tagged;
    if (strip) {
        data.add(f.data, 12);
        data.add(f.data + 16, f.length - 16);
    } else {
        data.add(f.data, f.length);
    }
    if (!k_.strip_crc) {
        const u32 sum = crc32(f.data, f.length) ^ f.fcs_difference;
        std::memcpy(fcs, &sum, 4);
        data.add(fcs, 4);
    }

    u32 status = n.v.status;
    u32 vlan = 0;
    if (strip) {
        status |= rx_bit::VP;
        vlan = n.h.tag;
    }
    const bool half = !c_.fault.none() && n.moved == 0 && c_.fault.use(fault::dma_partial);
    auto move = [&](u64 to, u32 bytes) {
        if (u8 *p = c_.bus.map(to, bytes); p != nullptr)
            data.copy(p, n.moved, half ? bytes / 2 : bytes);
        n.moved += bytes; // a posted write that faults is lost without a trace for the device
    };

    while (n.moved < data.total()) {
        if (q.cache_count == 0 && c_.immediate())
            fetch(n.v.queue);
        if (q.cache_count == 0)
            return false;
        const descriptor d = q.cache[q.cache_first];
        q.cache_first = (q.cache_first + 1) % cache_descriptors;
        --q.cache_count;

        finished done{};
        done.slot = q.use;
        q.use = q.use + 1 == q.size ? 0 : q.use + 1;
        const u32 left = data.total() - n.moved;
        u32 first = 0;
        if (!k_.split) {
            first = std::min(left, k_.buffer);
            move(d.address[0], first);
        } else {
            // The header alone in buffer 0 where it fits; else linear over all buffers.
            const u32 header = strip ? n.h.header_bytes - 4 : n.h.header_bytes;
            const bool splits = n.moved == 0 && n.h.l3 != network::none &&
                                header <= k_.split_buffer[0] && header < data.total() &&
                                !(n.h.fragment && c_.regs.has(at::RFCTL, 1u << 14));
            first = splits ? header : std::min(left, k_.split_buffer[0]);
            if (first != 0)
                move(d.address[0], first);
            u32 length[4] = {first, 0, 0, 0};
            for (u32 b = 1; b < 4; ++b) {
                // A null buffer has its lowest bit set (the drivers write ~0).
                if (k_.split_buffer[b] == 0 || (d.address[b] & 1) != 0)
                    continue;
                length[b] = std::min(data.total() - n.moved, k_.split_buffer[b]);
                if (length[b] != 0)
                    move(d.address[b], length[b]);
            }
            const u32 header_status =
                (n.moved != 0 && n.h.l3 != network::none ? header & 0x3FF : 0) |
                (splits ? 1u << 15 : 0);
            done.word[2] =
                header_status | length[1] << 16 | u64{length[2]} << 32 | u64{length[3]} << 48;
            if (first + length[1] + length[2] + length[3] == 0)
                return false; // nothing fits anywhere: the buffers were set up wrongly
        }
        const bool end = n.moved >= data.total();
        const u32 bits = rx_bit::DD | (end ? rx_bit::EOP | status : 0);
        if (k_.extended) {
            done.word[0] = end ? n.v.mrq | u64{n.v.word_1} << 32 : 0;
            done.word[1] = bits | u64{first} << 32 | u64{end ? vlan : 0} << 48;
        } else {
            done.word[0] = d.address[0];
            done.word[1] = first | (end ? n.v.word_1 & 0xFFFF'0000u : 0) | u64{bits & 0xFF} << 32 |
                           u64{bits >> 24} << 40 | u64{end ? vlan : 0} << 48;
        }
        finish(q, done);
        if (q.finished_count == batch_descriptors)
            write_back(n.v.queue);
    }
    return true;
}

void receiver::finish(queue &q, const finished &d) noexcept
{
    q.done[q.finished_count++] = d;
    if (!c_.fault.none())
        c_.count_descriptor();
    if (c_.immediate()) {
        q.write_back_at = c_.now;
        return;
    }
    const u64 when = c_.later(q.finished_count >= k_.write_back_batch ? c_.opt.timing.write_back_ns
                                                                      : c_.opt.timing.hold_ns);
    q.write_back_at = std::min(q.write_back_at, when);
    c_.arm(q.write_back_at);
}

void receiver::tell_lies(finished &d) noexcept
{
    auto part = [&](lie what, u32 word, u32 shift, u64 mask) {
        u32 value = static_cast<u32>(d.word[word] >> shift & mask);
        if (c_.fault.lied(what, value))
            d.word[word] = (d.word[word] & ~(mask << shift)) | (value & mask) << shift;
    };
    if (k_.extended) {
        part(lie::rx_mrq, 0, 0, 0xFFFF'FFFF);
        part(lie::rx_rss, 0, 32, 0xFFFF'FFFF);
        part(lie::rx_status, 1, 0, 0xFFFF'FFFF);
        part(lie::rx_length, 1, 32, 0xFFFF);
        part(lie::rx_vlan, 1, 48, 0xFFFF);
    } else {
        part(lie::rx_length, 1, 0, 0xFFFF);
        part(lie::rx_rss, 1, 16, 0xFFFF);
        part(lie::rx_status, 1, 32, 0xFFFF);
        part(lie::rx_vlan, 1, 48, 0xFFFF);
    }
    if (k_.split) {
        part(lie::rx_header, 2, 0, 0xFFFF);
        part(lie::rx_length_1, 2, 16, 0xFFFF);
        part(lie::rx_length_2, 2, 32, 0xFFFF);
        part(lie::rx_length_3, 2, 48, 0xFFFF);
    }
}

void receiver::write_back(u32 n) noexcept
{
    queue &q = q_[n];
    q.write_back_at = never;
    if (!c_.present()) { // it went with the descriptor before
        q.finished_count = 0;
        return;
    }
    const u32 count = q.finished_count;
    u32 free = 0, small = 0, acknowledgements = 0;
    for (u32 i = 0; i < count;) {
        const u32 slot = q.done[i].slot;
        const u32 run = std::min(count - i, q.size - slot);
        u8 *p =
            c_.bus.map(q.base + u64{slot} * k_.descriptor_bytes, u64{run} * k_.descriptor_bytes);
        for (u32 k = 0; k < run; ++k, ++i) {
            finished &d = q.done[i];
            bool silent = false;
            if (c_.fault.lying()) {
                tell_lies(d);
                u32 none = 0;
                silent = c_.fault.lied(lie::rx_never_done, none);
            }
            acknowledgements += (d.word[1] & rx_bit::ACK) != 0 && k_.extended;
            small += static_cast<u32>(d.word[1] >> 32 & 0xFFFF) <= (c_.regs[at::RSRPD] & 0xFFF);
            if (p == nullptr)
                continue;
            u8 *const at = p + u64{k} * k_.descriptor_bytes;
            if (silent)
                continue;
            if (k_.split) {
                store_word(at + 24, d.word[3]);
                store_word(at + 16, d.word[2]);
            }
            store_word(at, d.word[0]);
            store_word(at + 8, d.word[1]); // ORDER: DD last
        }
    }
    c_.count.descriptors_written += count;
    q.finished_count = 0;
    q.head = (q.head + count) % std::max(q.size, 1u);

    u32 causes = n == 0 ? cause::RXQ0 : cause::RXQ1;
    if (c_.regs[at::RSRPD] != 0 && small != 0)
        c_.irq.raise(cause::SRPD);
    if (acknowledgements != 0)
        c_.irq.raise(cause::ACK); // ASSUME raid: RAID, the delay of this cause, is storage here
    // §3.5 RDMTS: told once, when the number of free descriptors falls to the threshold.
    const u32 t = tail(n);
    if (t < q.size) {
        free = t >= q.head ? t - q.head : t + q.size - q.head;
        const bool below = free <= q.size >> k_.threshold_shift;
        if (below && !q.below_threshold)
            c_.irq.raise(cause::RXDMT0);
        q.below_threshold = below;
    }
    received_interrupt(causes | cause::RXT0);
}

void receiver::received_interrupt(u32 causes) noexcept
{
    const u32 rdtr = c_.regs[at::RDTR] & 0xFFFF, radv = c_.regs[at::RADV] & 0xFFFF;
    if (rdtr == 0) {
        c_.irq.raise(causes);
        return;
    }
    delayed_causes_ |= causes;
    delay_at_ = c_.now + u64{rdtr} * delay_tick_ns;
    c_.arm(delay_at_);
    if (radv != 0 && absolute_at_ == never) {
        absolute_at_ = c_.now + u64{radv} * delay_tick_ns;
        c_.arm(absolute_at_);
    }
}

void receiver::expire_delay() noexcept
{
    const u32 causes = delayed_causes_;
    delayed_causes_ = 0;
    delay_at_ = absolute_at_ = never;
    if (causes != 0)
        c_.irq.raise(causes);
}

void receiver::run()
{
    for (u32 n = 0; n < queues; ++n)
        if (q_[n].fetch_at <= c_.now)
            fetch(n);

    const bool stalled = !c_.fault.none() && c_.fault[fault::rx_stall] != 0;
    if (!fifo_.empty() && !stalled && c_.may_master()) {
        while (!fifo_.empty() && fifo_.note().ready <= c_.now) {
            if (q_[fifo_.note().v.queue].broken || !deliver(fifo_.front(), fifo_.note()))
                break; // head of line: the other queue waits too
            fifo_.pop();
        }
        flow_control();
    }

    for (u32 n = 0; n < queues; ++n) {
        queue &q = q_[n];
        if (k_.enabled && q.size != 0 && q.fetch_at == never && needs_fetch(n) && c_.may_master()) {
            if (c_.immediate()) {
                fetch(n);
            } else {
                q.fetch_at = c_.later(c_.opt.timing.fetch_ns);
                c_.arm(q.fetch_at);
            }
        }
        if (q.finished_count != 0 && q.write_back_at <= c_.now)
            write_back(n);
    }

    if (delay_at_ <= c_.now || absolute_at_ <= c_.now) {
        c_.stats.add(delay_at_ <= c_.now ? at::ICRXPTC : at::ICRXATC);
        expire_delay();
    }
}

u64 receiver::due() const noexcept
{
    u64 first = std::min(delay_at_, absolute_at_);
    for (const queue &q : q_) {
        first = std::min(first, q.fetch_at);
        if (q.finished_count != 0)
            first = std::min(first, q.write_back_at);
    }
    // A frame that waits for descriptors waits for a doorbell or a fetch, not for time.
    if (!fifo_.empty() && fifo_.note().ready > c_.now)
        first = std::min(first, fifo_.note().ready);
    return first;
}

} // namespace miniport::nicmodel
