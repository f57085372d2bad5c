// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// THE TRANSMIT PATH. Frames become data descriptors, one for each segment; every report_at slots
// one asks for a report (RS), and a reported stretch is freed in bulk. One doorbell for a burst.
#include "tx.hpp"

#include "adapter/probe.hpp"
#include "gates.hpp"
#include "hw/chip_82574.hpp"

namespace miniport {

using hw::tx_command;

namespace {

/// Frees the segments of `n` slots from `first` on, which do not wrap.
void free_stretch(const tx_queue &q, hw::ring_position first, std::uint16_t n) noexcept
{
    rte_mbuf **const mbufs = &q.mbufs[first.slot()];
#ifdef MINIPORT_PROBES
    for (std::uint16_t i = 0; i < n; ++i)
        probe::hit(probe::kind::mbuf_free, &q, reinterpret_cast<std::uintptr_t>(mbufs[i]));
#endif
    if (q.one_pool) {
        rte_mempool_put_bulk(mbufs[0]->pool, reinterpret_cast<void **>(mbufs), n);
        return;
    }
    // Segments whose last reference this was go back together, pool by pool.
    constexpr unsigned block = 64;
    void *back[block];
    unsigned held = 0;
    rte_mempool *pool = nullptr;
    for (std::uint16_t i = 0; i < n; ++i) {
        rte_mbuf *const m = rte_pktmbuf_prefree_seg(mbufs[i]);
        if (m == nullptr)
            continue;
        if (held == block || (held != 0 && m->pool != pool)) {
            rte_mempool_put_bulk(pool, back, held);
            held = 0;
        }
        pool = m->pool;
        back[held++] = m;
    }
    if (held != 0)
        rte_mempool_put_bulk(pool, back, held);
}

void free_slots(tx_queue &q, std::uint16_t n) noexcept
{
    const std::uint16_t straight = RTE_MIN(n, q.size.until_wrap(q.clean));
    free_stretch(q, q.clean, straight);
    if (n != straight)
        free_stretch(q, hw::ring_position{}, static_cast<std::uint16_t>(n - straight));
    q.clean = q.size.advance(q.clean, n);
    q.free = static_cast<std::uint16_t>(q.free + n);
}

/// Takes back every stretch that the NIC reported. DD is believed only where RS asked for it, and
/// only inside what is in flight.
void reclaim(tx_queue &q) noexcept
{
    while (!(q.report_out == q.report_in)) {
        const hw::ring_position last = q.reports[q.report_out.slot()];
        if (!q.ring[last.slot()].sent())
            return;
        q.report_out = q.size.next(q.report_out);
        free_slots(q, static_cast<std::uint16_t>(q.size.distance(q.clean, last) + 1u));
    }
}

/// Frames that hang the DMA unit (hardware.md §2.1 E14, E15) or never fit: dropped and counted.
[[gnu::noinline]] bool sendable_chain(const tx_queue &q, const rte_mbuf *frame) noexcept
{
    if (frame->nb_segs > q.most_segments)
        return false;
    std::uint32_t bytes = 0;
    unsigned segments = 0;
    for (const rte_mbuf *s = frame; s != nullptr; s = s->next, ++segments) {
        if (s->data_len == 0)
            return false;
        bytes += s->data_len;
    }
    return segments == frame->nb_segs && bytes == frame->pkt_len;
}

[[gnu::always_inline]] inline bool sendable(const tx_queue &q, const rte_mbuf *frame) noexcept
{
    using namespace hw::chip_82574;
    constexpr std::uint32_t most = max_frame - RTE_ETHER_CRC_LEN;
    if (frame->pkt_len - min_tx_frame > most - min_tx_frame) [[unlikely]]
        return false;
    if (frame->nb_segs == 1) [[likely]]
        return frame->data_len == frame->pkt_len;
    return sendable_chain(q, frame);
}

/// Posts one frame of 1…free segments.
[[gnu::always_inline]] inline void post(tx_queue &q, rte_mbuf *frame) noexcept
{
    constexpr std::uint32_t data = tx_command::DTYP(1).value | tx_command::DEXT(true).value |
                                   tx_command::IFCS(true).value;
    const std::uint16_t segments = frame->nb_segs;
    hw::ring_position at = q.next;
    rte_mbuf *segment = frame;
    for (std::uint16_t left = segments; left > 1; --left, segment = segment->next) {
        probe::hit(probe::kind::mbuf_post, &q, reinterpret_cast<std::uintptr_t>(segment));
        q.mbufs[at.slot()] = segment;
        q.ring[at.slot()].post(hw::tx_post{rte_mbuf_data_iova(segment), data | segment->data_len});
        at = q.size.next(at);
    }

    std::uint32_t end = tx_command::EOP(true).value;
    q.unreported = static_cast<std::uint16_t>(q.unreported + segments);
    if (q.unreported >= q.report_at) {
        end |= tx_command::RS(true).value;
        q.unreported = 0;
        q.reports[q.report_in.slot()] = at;
        q.report_in = q.size.next(q.report_in);
    }
    probe::hit(probe::kind::mbuf_post, &q, reinterpret_cast<std::uintptr_t>(segment));
    q.mbufs[at.slot()] = segment;
    q.ring[at.slot()].post(
        hw::tx_post{rte_mbuf_data_iova(segment), data | end | segment->data_len});
    q.next = q.size.next(at);
    q.free = static_cast<std::uint16_t>(q.free - segments);
}

} // namespace

void clear(tx_queue &q) noexcept
{
    q.next = q.clean = q.report_in = q.report_out = hw::ring_position{};
    q.free = static_cast<std::uint16_t>(q.size.count() - 1); // TDH == TDT means an empty ring
    q.unreported = 0;
    q.one_pool = (q.conf.offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0;
    for (std::uint16_t i = 0; i < q.size.count(); ++i)
        q.ring[i].post(hw::tx_post{std::uint64_t{0}, std::uint32_t{0}});
}

void reap(tx_queue &q) noexcept
{
    const std::uint16_t pending = q.size.distance(q.clean, q.next);
    if (pending != 0)
        free_slots(q, pending);
    clear(q);
}

void abort_all(tx_queue &q) noexcept
{
    reclaim(q); // what the NIC reported before was sent
    q.aborted += q.size.distance(q.clean, q.next);
    reap(q);
}

namespace {

[[gnu::always_inline]] inline std::uint16_t transmit(tx_queue &q, rte_mbuf **frames,
                                                     std::uint16_t offered) noexcept
{
    if (q.free < q.reclaim_at)
        reclaim(q);

    const hw::ring_position before = q.next;
    std::uint64_t octets = 0;
    std::uint16_t sent = 0;
    for (; sent < offered; ++sent) {
        rte_mbuf *const frame = frames[sent];
        if (!sendable(q, frame)) [[unlikely]] {
            ++q.unsendable;
            rte_pktmbuf_free(frame);
            continue;
        }
        if (frame->nb_segs > q.free) [[unlikely]] {
            reclaim(q);
            if (frame->nb_segs > q.free)
                break;
        }
        if (frame->nb_segs != 1)
            q.one_pool = false; // the promise of MBUF_FAST_FREE does not cover chains
        octets += frame->pkt_len;
        post(q, frame);
    }
    if (!(q.next == before)) {
        q.octets += octets;
        q.tail.ring(q.next.slot());
    }
    return sent;
}

template <burst_fence Fence>
std::uint16_t burst(void *queue, rte_mbuf **frames, std::uint16_t offered) noexcept
{
    auto *const q = static_cast<tx_queue *>(queue);
    if (q == nullptr || !q->gate.enter<Fence>(this_process)) [[unlikely]]
        return turn_away(q ? &q->gate : nullptr);
    probe::hit(probe::kind::burst_in, q);
    const std::uint16_t sent = transmit(*q, frames, offered);
    probe::hit(probe::kind::burst_out, q, sent);
    q->gate.leave();
    return sent;
}

} // namespace

eth_tx_burst_t transmit_burst(burst_fence fence) noexcept
{
    return fence == burst_fence::light ? burst<burst_fence::light> : burst<burst_fence::full>;
}

} // namespace miniport
