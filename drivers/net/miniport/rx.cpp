// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// THE RECEIVE PATH. The NIC fills the slots from `next` on; a burst takes finished ones, then posts
// fresh buffers in blocks. Nothing here logs, locks, allocates one by one or reads a register.
#include "rx.hpp"

#include <algorithm>
#include <cstring>

#include "adapter/probe.hpp"
#include "gates.hpp"

namespace miniport {

using hw::rx_done;
using hw::rx_status;

namespace {

void probe_chain([[maybe_unused]] const rx_queue *q, [[maybe_unused]] probe::kind what,
                 [[maybe_unused]] const rte_mbuf *frame) noexcept
{
#ifdef MINIPORT_PROBES
    for (; frame != nullptr; frame = frame->next)
        probe::hit(what, q, reinterpret_cast<std::uintptr_t>(frame));
#endif
}

/// Frees what will not reach the application: a frame, or a piece of one; nullptr is nothing.
void discard(const rx_queue &q, rte_mbuf *frame) noexcept
{
    probe_chain(&q, probe::kind::mbuf_free, frame);
    rte_pktmbuf_free(frame);
}

/// ASSUME untrusted device: `d` is a copy, made once; every field of it is checked before use.
/// True: a whole, undamaged frame of 1…whole_max bytes.
[[gnu::always_inline]] inline bool plain(const rx_queue &q, rx_done d) noexcept
{
    constexpr std::uint32_t looked_at = rx_status::EOP.mask | rx_status::frame_error;
    const std::uint16_t beyond = static_cast<std::uint16_t>(d.length - 1u);
    return (d.status & looked_at) == rx_status::EOP.mask && beyond < q.whole_max;
}

/// Whether a frame of `bytes` keeps to the MTU. The 82574 filters at 1522 or 9234 bytes only, so a
/// limit between is ours to keep; VLAN tags (802.1Q, 802.1ad) do not count.
[[gnu::noinline]] bool within_mtu(const rx_queue &q, const rte_mbuf *head,
                                  std::uint32_t bytes) noexcept
{
    std::uint32_t allowed = q.frame_max;
    const auto *type = rte_pktmbuf_mtod_offset(head, const std::uint8_t *, 12);
    // Two tags at most; the first 20 bytes lie in the first buffer (256 bytes and more).
    for (unsigned tags = 0; tags < 2 && bytes > allowed; ++tags, type += 4) {
        const unsigned ether_type = static_cast<unsigned>(type[0]) << 8 | type[1];
        if (ether_type != RTE_ETHER_TYPE_VLAN && ether_type != RTE_ETHER_TYPE_QINQ)
            return false;
        allowed += RTE_VLAN_HLEN;
    }
    return bytes <= allowed;
}

/// A fresh mbuf's header for `bytes` of data.
[[gnu::always_inline]] inline void dress(const rx_queue &q, rte_mbuf *m,
                                         std::uint16_t bytes) noexcept
{
    std::memcpy(&m->rearm_data, &q.rearm, sizeof q.rearm);
    m->ol_flags = 0;
    m->packet_type = 0;
    m->pkt_len = bytes;
    m->data_len = bytes;
    m->vlan_tci = 0;
    m->hash.rss = 0;
}

/// A frame that is not plain, where frames do not span buffers. False: it was dropped.
[[gnu::noinline]] bool accept_odd(rx_queue &q, rx_done d, rte_mbuf *m) noexcept
{
    const bool whole = rx_status::EOP.of(d.status);
    const bool damaged = (d.status & rx_status::frame_error) != 0;
    const std::uint16_t bytes = d.length;
    // After an unfinished piece everything up to and with the next EOP belongs to the same frame,
    // one longer than a buffer and so longer than the MTU allows.
    const bool piece = !whole || q.chain != chain::none;
    q.chain = whole ? chain::none : chain::too_long;
    dress(q, m, bytes); // the pool left data_off as its last user had it
    if (piece) {
        q.oversize += whole;
        q.oversize_octets += bytes;
    } else if (damaged || bytes == 0 || bytes > q.buffer) {
        ++q.invalid;
    } else if (!within_mtu(q, m, bytes)) {
        ++q.oversize;
        q.oversize_octets += bytes;
    } else {
        return true;
    }
    discard(q, m);
    return false;
}

void drop_chain(rx_queue &q) noexcept
{
    discard(q, q.chain_head);
    q.chain_head = q.chain_tail = nullptr;
    q.chain = chain::none;
}

/// Drops a piece and what came before it; with `doom` the frame's rest goes the same way.
void drop_piece(rx_queue &q, rte_mbuf *m, std::uint16_t bytes, bool last, chain doom) noexcept
{
    const bool first_to_say = q.chain == chain::none || q.chain == chain::open;
    if (doom == chain::too_long) {
        q.oversize += first_to_say;
        q.oversize_octets += bytes + (q.chain_head ? q.chain_head->pkt_len : 0);
    } else {
        q.invalid += first_to_say;
    }
    discard(q, m);
    drop_chain(q);
    q.chain = last ? chain::none : doom;
}

/// Adds a piece to the frame under way. Returns the frame when it is complete and acceptable.
[[gnu::noinline]] rte_mbuf *join(rx_queue &q, rx_done d, rte_mbuf *m) noexcept
{
    const bool last = rx_status::EOP.of(d.status);
    const std::uint16_t bytes = d.length;
    // A piece with another behind it fills its buffer; a frame's length is bounded. So a device that
    // never says EOP cannot grow a chain for ever, neither in bytes nor in mbufs.
    const bool sound = (d.status & rx_status::frame_error) == 0 &&
                       (last ? bytes != 0 && bytes <= q.buffer : bytes == q.buffer);
    constexpr std::uint32_t with_tags = 2 * RTE_VLAN_HLEN;
    const std::uint32_t before = q.chain_head ? q.chain_head->pkt_len : 0;

    dress(q, m, bytes);
    if (q.chain == chain::too_long || q.chain == chain::damaged) {
        drop_piece(q, m, bytes, last, q.chain);
        return nullptr;
    }
    if (!sound || before + bytes > q.frame_max + with_tags) {
        drop_piece(q, m, bytes, last, sound ? chain::too_long : chain::damaged);
        return nullptr;
    }

    if (q.chain_head == nullptr) {
        q.chain_head = m;
    } else {
        q.chain_tail->next = m;
        q.chain_head->pkt_len += bytes;
        ++q.chain_head->nb_segs;
    }
    q.chain_tail = m;
    q.chain = last ? chain::none : chain::open;
    if (!last)
        return nullptr;

    rte_mbuf *const frame = q.chain_head;
    q.chain_head = q.chain_tail = nullptr;
    if (frame->pkt_len > q.frame_max && !within_mtu(q, frame, frame->pkt_len)) {
        ++q.oversize;
        q.oversize_octets += frame->pkt_len;
        discard(q, frame);
        return nullptr;
    }
    return frame;
}

/// Posts buffers into the `n` slots from `refill` on, which do not wrap. False: the pool is empty.
[[gnu::always_inline]] inline bool post(rx_queue &q, std::uint16_t n) noexcept
{
    rte_mbuf **const mbufs = &q.mbufs[q.refill.slot()];
    if (rte_mempool_get_bulk(q.pool, reinterpret_cast<void **>(mbufs), n) != 0) [[unlikely]] {
        q.no_buffer += n;
        return false;
    }
    hw::slot *const slots = &q.ring[q.refill.slot()];
    for (std::uint16_t i = 0; i < n; ++i) {
        probe::hit(probe::kind::mbuf_post, &q, reinterpret_cast<std::uintptr_t>(mbufs[i]));
        slots[i].post(hw::rx_post{rte_mbuf_data_iova_default(mbufs[i])});
    }
    q.refill = q.size.advance(q.refill, n);
    q.posted = static_cast<std::uint16_t>(q.posted + n);
    return true;
}

/// How many slots may be posted at once now: never all, because RDH == RDT means an empty ring.
[[gnu::always_inline]] inline std::uint16_t postable(const rx_queue &q) noexcept
{
    const auto empty = static_cast<std::uint16_t>(q.size.count() - 1u - q.posted);
    const std::uint16_t block = RTE_MIN(q.refill_at, q.size.until_wrap(q.refill));
    return empty < block ? std::uint16_t{0} : block;
}

[[gnu::always_inline]] inline void refill(rx_queue &q) noexcept
{
    bool any = false;
    for (std::uint16_t n; (n = postable(q)) != 0 && post(q, n);)
        any = true;
    if (any)
        q.tail.ring(q.refill.slot());
}

/// Slots without a buffer must not look finished.
void unpost_all(rx_queue &q) noexcept
{
    for (std::uint16_t i = 0; i < q.size.count(); ++i)
        q.ring[i].post(hw::rx_post{std::uint64_t{0}});
}

template <frame_layout Layout>
[[gnu::always_inline]] inline std::uint16_t receive(rx_queue &q, rte_mbuf **frames,
                                                    std::uint16_t wanted) noexcept
{
    std::uint16_t got = 0;
    // PERF: position and count live in registers for the burst. `posted` bounds it: a device that
    // says DD for slots it does not own is not believed.
    hw::ring_position at = q.next;
    std::uint16_t posted = q.posted;
    while (got < wanted && posted != 0) {
        rx_done d;
        if (!q.ring[at.slot()].take(d))
            break;
        rte_mbuf *const m = q.mbufs[at.slot()];
        at = q.size.next(at);
        --posted;
        rte_prefetch0(q.mbufs[at.slot()]);

        if (q.chain != chain::none || !plain(q, d)) [[unlikely]] {
            if constexpr (Layout == frame_layout::scattered) {
                if (rte_mbuf *const frame = join(q, d, m))
                    frames[got++] = frame;
                continue;
            } else if (!accept_odd(q, d, m)) {
                continue;
            }
        }
        dress(q, m, d.length);
        frames[got++] = m;
    }
    q.next = at;
    q.posted = posted;
    refill(q);
    return got;
}

template <frame_layout Layout, burst_fence Fence>
std::uint16_t burst(void *queue, rte_mbuf **frames, std::uint16_t wanted) noexcept
{
    auto *const q = static_cast<rx_queue *>(queue);
    if (q == nullptr || !q->gate.enter<Fence>(this_process)) [[unlikely]]
        return turn_away(q ? &q->gate : nullptr);
    probe::hit(probe::kind::burst_in, q);
    const std::uint16_t got = receive<Layout>(*q, frames, wanted);
    for (std::uint16_t i = 0; i < got; ++i)
        probe_chain(q, probe::kind::mbuf_app, frames[i]);
    probe::hit(probe::kind::burst_out, q, got);
    q->gate.leave();
    return got;
}

} // namespace

status post_all(rx_queue &q) noexcept
{
    q.next = q.refill = hw::ring_position{};
    q.posted = 0;
    q.chain_head = q.chain_tail = nullptr;
    q.chain = chain::none;
    std::memset(q.mbufs, 0, sizeof(rte_mbuf *) * q.size.count());
    unpost_all(q);

    const auto all = static_cast<std::uint16_t>(q.size.count() - 1);
    return post(q, all) ? status::ok : status::no_memory;
}

void repost(rx_queue &q) noexcept
{
    drop_chain(q);
    rte_mbuf **const begin = q.mbufs;
    std::rotate(begin, begin + q.next.slot(), begin + q.size.count());
    unpost_all(q);
    for (std::uint16_t i = 0; i < q.posted; ++i)
        q.ring[i].post(hw::rx_post{rte_mbuf_data_iova_default(q.mbufs[i])});
    q.next = hw::ring_position{};
    q.refill = hw::ring_position{q.posted};
}

void reap(rx_queue &q) noexcept
{
    for (; q.posted != 0; --q.posted, q.next = q.size.next(q.next)) {
        rte_mbuf *const m = q.mbufs[q.next.slot()];
        probe::hit(probe::kind::mbuf_free, &q, reinterpret_cast<std::uintptr_t>(m));
        rte_mbuf_raw_free(m);
    }
    drop_chain(q);
}

eth_rx_burst_t receive_burst(frame_layout layout, burst_fence fence) noexcept
{
    if (layout == frame_layout::whole)
        return fence == burst_fence::light ? burst<frame_layout::whole, burst_fence::light>
                                           : burst<frame_layout::whole, burst_fence::full>;
    return fence == burst_fence::light ? burst<frame_layout::scattered, burst_fence::light>
                                       : burst<frame_layout::scattered, burst_fence::full>;
}

} // namespace miniport
