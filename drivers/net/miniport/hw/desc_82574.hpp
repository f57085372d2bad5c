// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Descriptors of the 82574: extended receive (RFCTL.EXSTEN, RCTL.DTYP = 0) and transmit data.
// What we write and what the NIC writes back are two types over the same 16 bytes; a slot gives
// them out in the right order. 82574 §7.1.5 (receive), §7.2.10 (transmit); hardware.md §3.7, §3.8.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "hw/le.hpp"
#include "hw/register.hpp"

namespace miniport::hw {

/// What the driver posts for receive.
struct rx_post {
    le<std::uint64_t> address; ///< IOVA of the buffer
    le<std::uint64_t> zero{0}; ///< clears DD before the NIC owns the slot
};

/// Extended status/error dword of a finished receive descriptor.
struct rx_status {
    static constexpr flag<rx_status, 0> DD{};
    static constexpr flag<rx_status, 1> EOP{};
    static constexpr flag<rx_status, 24> CE{};
    static constexpr flag<rx_status, 25> SE{};
    static constexpr flag<rx_status, 26> SEQ{};
    static constexpr flag<rx_status, 28> CXE{};
    static constexpr flag<rx_status, 31> RXE{};
    /// The frame itself is damaged (as opposed to a checksum inside it).
    static constexpr std::uint32_t frame_error =
        CE.mask | SE.mask | SEQ.mask | CXE.mask | RXE.mask;
};

/// What the NIC writes back on receive.
struct rx_done {
    le<std::uint32_t> mrq;
    le<std::uint32_t> rss;
    le<std::uint32_t> status; ///< rx_status
    le<std::uint16_t> length; ///< bytes in this buffer; untrusted
    le<std::uint16_t> vlan;
};

/// Command dword of a transmit data descriptor.
struct tx_command {
    static constexpr field<tx_command, 19, 0> DTALEN{};
    static constexpr field<tx_command, 23, 20> DTYP{}; // 1: data
    static constexpr flag<tx_command, 24> EOP{};
    static constexpr flag<tx_command, 25> IFCS{};
    static constexpr flag<tx_command, 27> RS{};
    static constexpr flag<tx_command, 29> DEXT{};
};

/// What the driver posts for transmit.
struct tx_post {
    le<std::uint64_t> address;
    le<std::uint32_t> command; ///< tx_command
    le<std::uint32_t> options{0};
};

/// What the NIC writes back on transmit, where RS was set.
struct tx_done {
    le<std::uint64_t> address;
    le<std::uint32_t> command;
    le<std::uint32_t> status;
    static constexpr std::uint32_t DD = 1;
};

/// One descriptor in ring memory.
class slot {
public:
    template <class Post> void post(const Post &d) noexcept
    {
        static_assert(sizeof(Post) == 16 && std::is_trivially_copyable_v<Post>);
        const auto halves = std::bit_cast<halves_type>(d);
        // Word by word, so that a compiler never splits the store below what the NIC fetches.
        __atomic_store_n(&words_.low, halves.low, __ATOMIC_RELAXED);
        __atomic_store_n(&words_.high, halves.high, __ATOMIC_RELAXED);
    }

    /// Whether the NIC has finished with a receive slot; if so `out` is a copy of the whole
    /// descriptor that the device cannot change any more.
    [[nodiscard]] bool take(rx_done &out) const noexcept
    {
        halves_type copy;
        // ORDER: the half with DD first; acquire keeps the other half from being read before it.
        copy.high = __atomic_load_n(&words_.high, __ATOMIC_ACQUIRE);
        copy.low = __atomic_load_n(&words_.low, __ATOMIC_RELAXED);
        out = std::bit_cast<rx_done>(copy);
        return rx_status::DD.of(out.status);
    }

    /// Whether a transmit slot that was posted with RS is done.
    [[nodiscard]] bool sent() const noexcept
    {
        const halves_type copy{0, __atomic_load_n(&words_.high, __ATOMIC_ACQUIRE)};
        return (std::bit_cast<tx_done>(copy).status & tx_done::DD) != 0;
    }

private:
    struct halves_type {
        std::uint64_t low;
        std::uint64_t high;
    };
    alignas(16) halves_type words_;
};

static_assert(sizeof(rx_post) == 16 && sizeof(rx_done) == 16);
static_assert(sizeof(tx_post) == 16 && sizeof(tx_done) == 16);
static_assert(sizeof(slot) == 16 && std::is_trivially_copyable_v<slot>);
static_assert(offsetof(rx_done, status) == 8 && offsetof(rx_done, length) == 12);
static_assert(offsetof(rx_done, vlan) == 14 && offsetof(rx_done, rss) == 4);
static_assert(offsetof(tx_post, command) == 8 && offsetof(tx_post, options) == 12);

} // namespace miniport::hw
