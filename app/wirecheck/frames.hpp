// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What every byte of every frame is: a function of seed, direction and sequence number, so that
// the receiver computes the frame again and compares the whole of it. Who sends is check.cpp.
#pragma once

#include <cstdint>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <span>
#include <vector>

namespace wirecheck {

struct frame_id {
    std::uint16_t direction; // 0: first port to second
    std::uint64_t sequence;
    std::uint32_t length; // L2 bytes without FCS
};

class frames {
public:
    frames(std::uint64_t seed, std::uint32_t shortest, std::uint32_t longest,
           std::uint32_t capacity);

    /// Every length of the range occurs once in as many consecutive frames, in shuffled order.
    [[nodiscard]] std::uint32_t length(std::uint64_t sequence) const noexcept;

    enum class extent : std::uint8_t { whole, headers_only };

    /// The frame's bytes; valid until the next call. With headers_only the payload is arbitrary.
    [[nodiscard]] std::span<const std::uint8_t> draw(const frame_id &id, const rte_ether_addr &to,
                                                     const rte_ether_addr &from,
                                                     extent how_much = extent::whole) noexcept;

    /// A frame in `segments` mbufs of uneven sizes; nullptr where the pool is empty.
    [[nodiscard]] static rte_mbuf *pack(std::span<const std::uint8_t> bytes, unsigned segments,
                                        rte_mempool *pool) noexcept;

private:
    std::uint64_t seed_;
    std::uint32_t shortest_;
    std::uint32_t span_;
    std::uint32_t stride_;
    std::vector<std::uint8_t> image_;
};

/// What an arrived frame says it is. False for frames that are not ours, such as the kernel's.
[[nodiscard]] bool identify(const rte_mbuf &frame, frame_id &id) noexcept;

/// Throws failure where the mbuf chain contradicts itself.
void inspect(const rte_mbuf &frame, std::uint16_t port);

/// Offset of the first byte that differs, or the frame's length where none does.
[[nodiscard]] std::uint32_t compare(const rte_mbuf &frame,
                                    std::span<const std::uint8_t> bytes) noexcept;

} // namespace wirecheck
