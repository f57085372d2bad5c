// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "frames.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "report.hpp"

namespace wirecheck {
namespace {

constexpr std::uint16_t experimental_ethertype = 0x88B5; // IEEE 802, local experiments

struct header {
    rte_ether_hdr ethernet;
    std::uint16_t direction;
    std::uint32_t magic;
    std::uint32_t length;
    std::uint64_t sequence;
    std::uint64_t seed;
};
static_assert(sizeof(header) == 40, "no padding, and it fits the shortest frame");

constexpr std::uint32_t magic = 0x4d505731; // MPW1

/// splitmix64: every input bit reaches every output bit, and a counter is enough of an input.
constexpr std::uint64_t mix(std::uint64_t x) noexcept
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}
constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;

} // namespace

frames::frames(std::uint64_t seed, std::uint32_t shortest, std::uint32_t longest,
               std::uint32_t capacity)
    : seed_(seed)
    , shortest_(shortest)
    , span_(longest - shortest + 1)
    , stride_(static_cast<std::uint32_t>(mix(seed + golden) % span_))
    , image_(capacity)
{
    while (std::gcd(stride_, span_) != 1) // coprime: the walk meets every length
        ++stride_;
}

std::uint32_t frames::length(std::uint64_t sequence) const noexcept
{
    return shortest_ + static_cast<std::uint32_t>((sequence % span_) * stride_ % span_);
}

std::span<const std::uint8_t> frames::draw(const frame_id &id, const rte_ether_addr &to,
                                           const rte_ether_addr &from, extent how_much) noexcept
{
    const std::uint64_t key = mix(mix(seed_ + golden * (id.direction + 1U)) + id.sequence);
    const std::uint32_t end = how_much == extent::whole ? id.length : 0;
    for (std::uint32_t at = 0, word = 0; at < end; at += 8, ++word) {
        const std::uint64_t bytes = mix(key + golden * word);
        std::memcpy(&image_[at], &bytes, std::min<std::size_t>(8, end - at));
    }
    const header head = {{to, from, rte_cpu_to_be_16(experimental_ethertype)},
                         id.direction,
                         magic,
                         id.length,
                         id.sequence,
                         seed_};
    std::memcpy(image_.data(), &head, sizeof head);
    return {image_.data(), id.length};
}

rte_mbuf *frames::pack(std::span<const std::uint8_t> bytes, unsigned segments,
                       rte_mempool *pool) noexcept
{
    rte_mbuf *frame = nullptr;
    std::uint64_t dice = bytes.size();
    for (; segments > 0; --segments) {
        rte_mbuf *const segment = rte_pktmbuf_alloc(pool);
        if (!segment || (frame && rte_pktmbuf_chain(frame, segment) != 0)) {
            rte_pktmbuf_free(segment);
            rte_pktmbuf_free(frame);
            return nullptr;
        }
        if (!frame)
            frame = segment;
        // Up to twice the fair share, and at least one byte for each that follows.
        const std::size_t most = std::min(2 * bytes.size() / segments, bytes.size() - segments + 1);
        dice = mix(dice + golden);
        const std::size_t size = segments == 1 ? bytes.size() : 1 + dice % most;
        std::memcpy(rte_pktmbuf_mtod(segment, void *), bytes.data(), size);
        segment->data_len = static_cast<std::uint16_t>(size);
        frame->pkt_len += static_cast<std::uint32_t>(size);
        bytes = bytes.subspan(size);
    }
    return frame;
}

bool identify(const rte_mbuf &frame, frame_id &id) noexcept
{
    header copy;
    const void *const found = rte_pktmbuf_read(&frame, 0, sizeof copy, &copy);
    if (!found)
        return false;
    if (found != &copy)
        std::memcpy(&copy, found, sizeof copy);
    id = {copy.direction, copy.sequence, copy.length};
    return copy.ethernet.ether_type == rte_cpu_to_be_16(experimental_ethertype) &&
           copy.magic == magic;
}

void inspect(const rte_mbuf &frame, std::uint16_t port)
{
    if (frame.port != port)
        throw failure(text("port %u: an mbuf says that it came from port %u", port, frame.port));
    std::uint32_t length = 0;
    unsigned segments = 0;
    for (const rte_mbuf *m = &frame; m; m = m->next, ++segments) {
        if (m->data_len == 0 || m->data_off + m->data_len > m->buf_len)
            throw failure(text("port %u: segment %u has data_off %u, data_len %u of %u", port,
                               segments, m->data_off, m->data_len, m->buf_len));
        if (rte_mbuf_refcnt_read(m) != 1)
            throw failure(text("port %u: segment %u has %u references", port, segments,
                               rte_mbuf_refcnt_read(m)));
        length += m->data_len;
    }
    if (length != frame.pkt_len || segments != frame.nb_segs)
        throw failure(text("port %u: pkt_len %u, nb_segs %u; the chain has %u bytes, %u segments",
                           port, frame.pkt_len, frame.nb_segs, length, segments));
}

std::uint32_t compare(const rte_mbuf &frame, std::span<const std::uint8_t> bytes) noexcept
{
    std::uint32_t at = 0;
    for (const rte_mbuf *m = &frame; m; m = m->next) {
        const auto *const data = rte_pktmbuf_mtod(m, const std::uint8_t *);
        const auto *const wanted = bytes.data() + at;
        const std::size_t count = std::min<std::size_t>(m->data_len, bytes.size() - at);
        if (std::memcmp(data, wanted, count) != 0)
            return at + static_cast<std::uint32_t>(std::mismatch(data, data + count, wanted).first -
                                                   data);
        at += static_cast<std::uint32_t>(count);
    }
    return at;
}

} // namespace wirecheck
