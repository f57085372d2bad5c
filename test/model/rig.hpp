// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Two models on a cable, with rings and buffers made by hand: what the tests of the model stand on.
// Registers are written raw, so that a test says exactly what the chip is told.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "nicmodel/checksum.hpp"
#include "nicmodel/model.hpp"

namespace rig {

namespace nm = miniport::nicmodel;
namespace at = miniport::nicmodel::at;
using nm::u16;
using nm::u32;
using nm::u64;
using nm::u8;
using bytes = std::vector<u8>;

inline constexpr u32 ring_size = 64, buffer_bytes = 2048;

struct descriptor {
    u64 low, high;
};

inline u64 iova(const void *p)
{
    return reinterpret_cast<u64>(p);
}

/// A finished extended receive descriptor.
struct received {
    bool done = false;
    u32 mrq = 0, rss = 0, status = 0, length = 0, vlan = 0;
    bytes data;
};

/// One port: a model, one receive and one transmit ring per queue.
class port {
public:
    explicit port(nm::lab &l, const nm::options &o) : device{l, o}
    {
        for (u32 q = 0; q < 2; ++q) {
            tx_memory[q].resize(ring_size, bytes(20000));
            rx_memory[q].resize(ring_size, bytes(buffer_bytes, 0xEE));
        }
    }

    u32 read(u32 offset) { return device.load(offset); }
    void write(u32 offset, u32 value) { device.store(offset, value); }
    void set(u32 offset, u32 bits) { write(offset, read(offset) | bits); }
    void clear(u32 offset, u32 bits) { write(offset, read(offset) & ~bits); }
    void ring(u32 offset, u32 value)
    {
        __atomic_store_n(static_cast<volatile u32 *>(device.doorbell(offset)), value,
                         __ATOMIC_RELEASE);
    }

    /// Extended descriptors, 2 KB buffers, FCS stripped, broadcast; ring q with everything posted.
    void start_receive(u32 q = 0, u32 extra_rctl = 0, u32 rfctl = 1u << 15)
    {
        for (u32 i = 0; i < ring_size; ++i)
            rx_ring[q][i] = {iova(rx_memory[q][i].data()), 0};
        write(at::RFCTL, rfctl);
        write(at::RDBAL + 0x100 * q, static_cast<u32>(iova(rx_ring[q].data())));
        write(at::RDBAH + 0x100 * q, static_cast<u32>(iova(rx_ring[q].data()) >> 32));
        write(at::RDLEN + 0x100 * q, ring_size * 16);
        write(at::RDH + 0x100 * q, 0);
        write(at::RCTL, 1u << 1 | 1u << 15 | 1u << 26 | extra_rctl);
        rx_next[q] = 0;
        ring(at::RDT + 0x100 * q, ring_size - 1);
    }
    void start_transmit(u32 q = 0)
    {
        write(at::TDBAL + 0x100 * q, static_cast<u32>(iova(tx_ring[q].data())));
        write(at::TDBAH + 0x100 * q, static_cast<u32>(iova(tx_ring[q].data()) >> 32));
        write(at::TDLEN + 0x100 * q, ring_size * 16);
        write(at::TDH + 0x100 * q, 0);
        ring(at::TDT + 0x100 * q, 0);
        tx_next[q] = 0;
        write(at::TCTL, 1u << 1 | 1u << 3 | 0xFu << 4 | 0x40u << 12);
    }

    static constexpr u32 eop = 1u << 24, ifcs = 1u << 25, tse = 1u << 26, rs = 1u << 27,
                         dext = 1u << 29, vle = 1u << 30, data_type = 1u << 20;

    /// Puts a raw descriptor; the tail is rung by flush().
    u32 put(u32 q, u64 low, u64 high)
    {
        const u32 slot = tx_next[q];
        tx_ring[q][slot] = {low, high};
        tx_next[q] = (slot + 1) % ring_size;
        return slot;
    }
    u32 put_data(u32 q, const bytes &b, u32 command = eop | ifcs | rs, u32 options = 0)
    {
        u8 *memory = tx_memory[q][tx_next[q]].data();
        std::memcpy(memory, b.data(), b.size());
        return put(q, iova(memory),
                   u64{options} << 32 | command | dext | data_type | static_cast<u32>(b.size()));
    }
    void flush(u32 q = 0) { ring(at::TDT + 0x100 * q, tx_next[q]); }
    u32 send(const bytes &b, u32 q = 0)
    {
        const u32 slot = put_data(q, b);
        flush(q);
        return slot;
    }
    bool sent(u32 slot, u32 q = 0) const
    {
        return (__atomic_load_n(&tx_ring[q][slot].high, __ATOMIC_ACQUIRE) >> 32 & 1) != 0;
    }

    /// The next extended receive descriptor, if it is done; it is posted again.
    received take(u32 q = 0, bool repost = true)
    {
        received r;
        descriptor &d = rx_ring[q][rx_next[q]];
        const u64 high = __atomic_load_n(&d.high, __ATOMIC_ACQUIRE);
        r.done = (high & 1) != 0;
        if (!r.done)
            return r;
        r.mrq = static_cast<u32>(d.low);
        r.rss = static_cast<u32>(d.low >> 32);
        r.status = static_cast<u32>(high);
        r.length = static_cast<u32>(high >> 32) & 0xFFFF;
        r.vlan = static_cast<u32>(high >> 48);
        const bytes &m = rx_memory[q][rx_next[q]];
        r.data.assign(m.begin(), m.begin() + std::min<long>(r.length, static_cast<long>(m.size())));
        d = {iova(m.data()), 0};
        if (repost)
            ring(at::RDT + 0x100 * q, rx_next[q]);
        rx_next[q] = (rx_next[q] + 1) % ring_size;
        return r;
    }

    nm::model device;
    alignas(128) std::array<std::array<descriptor, ring_size>, 2> rx_ring{}, tx_ring{};
    std::array<std::vector<bytes>, 2> rx_memory, tx_memory;
    std::array<u32, 2> rx_next{}, tx_next{};
};

inline nm::options with_mac(u8 last, nm::options o = {})
{
    o.mac = {0x02, 0x4D, 0x50, 0x00, 0x00, last};
    return o;
}

/// Two ports with link, nothing started.
class pair {
public:
    explicit pair(const nm::latencies &timing = nm::latencies::immediate())
    {
        nm::options o;
        o.timing = timing;
        a = std::make_unique<port>(l, with_mac(0xA, o));
        b = std::make_unique<port>(l, with_mac(0xB, o));
        l.connect(a->device, b->device);
        a->set(at::CTRL, 1u << 6);
        b->set(at::CTRL, 1u << 6);
        l.step(timing.negotiation_ns + 1000);
    }
    void settle(u64 ns = 100'000) { l.step(ns); }

    nm::lab l;
    std::unique_ptr<port> a, b;
};

// Frames.

inline constexpr std::array<u8, 6> mac_a{0x02, 0x4D, 0x50, 0, 0, 0xA},
    mac_b{0x02, 0x4D, 0x50, 0, 0, 0xB}, broadcast{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

inline bytes ether(const std::array<u8, 6> &to, u32 type, std::size_t length = 60)
{
    bytes b(length);
    std::memcpy(b.data(), to.data(), 6);
    std::memcpy(b.data() + 6, mac_a.data(), 6);
    nm::put_be16(b.data() + 12, type);
    for (std::size_t i = 14; i < length; ++i)
        b[i] = static_cast<u8>(i);
    return b;
}

struct flow {
    u32 source = 0xC0A80001, destination = 0xC0A80002, source_port = 1000, destination_port = 2000;
};

/// IPv4 or IPv6 with TCP (6) or UDP (17), right checksums.
inline bytes ip_frame(u32 version, u32 protocol, std::size_t payload, const flow &f = {})
{
    const u32 l4_header = protocol == 6 ? 20 : 8;
    const u32 l4 = l4_header + static_cast<u32>(payload);
    const u32 l3 = version == 4 ? 20 : 40;
    bytes b(std::max<std::size_t>(60, 14 + l3 + l4));
    std::memcpy(b.data(), mac_b.data(), 6);
    std::memcpy(b.data() + 6, mac_a.data(), 6);
    nm::put_be16(b.data() + 12, version == 4 ? 0x0800 : 0x86DD);
    u8 *ip = b.data() + 14;
    u64 pseudo = l4 + protocol;
    if (version == 4) {
        ip[0] = 0x45;
        nm::put_be16(ip + 2, 20 + l4);
        nm::put_be16(ip + 4, 0x1234);
        ip[8] = 64;
        ip[9] = static_cast<u8>(protocol);
        nm::put_be32(ip + 12, f.source);
        nm::put_be32(ip + 16, f.destination);
        nm::put_be16(ip + 10, ~u32{nm::fold(nm::ones_sum(ip, 20))});
        pseudo = nm::ones_sum(ip + 12, 8, pseudo);
    } else {
        ip[0] = 0x60;
        nm::put_be16(ip + 4, l4);
        ip[6] = static_cast<u8>(protocol);
        ip[7] = 64;
        ip[8] = ip[24] = 0xFD;
        nm::put_be32(ip + 20, f.source);
        nm::put_be32(ip + 36, f.destination);
        pseudo = nm::ones_sum(ip + 8, 32, pseudo);
    }
    u8 *t = ip + l3;
    nm::put_be16(t, f.source_port);
    nm::put_be16(t + 2, f.destination_port);
    for (u32 i = 0; i < payload; ++i)
        t[l4_header + i] = static_cast<u8>(i * 7 + 1);
    u32 field = 6;
    if (protocol == 6) {
        nm::put_be32(t + 4, 0x01000000);
        t[12] = 0x50;
        t[13] = 0x18; // ACK, PSH
        field = 16;
    } else {
        nm::put_be16(t + 4, l4);
    }
    nm::put_be16(t + field, ~u32{nm::fold(nm::ones_sum(t, l4, pseudo))});
    return b;
}

inline bytes tagged(const bytes &plain, u32 tag)
{
    bytes b(plain.begin(), plain.begin() + 12);
    b.resize(16);
    nm::put_be16(b.data() + 12, 0x8100);
    nm::put_be16(b.data() + 14, tag);
    b.insert(b.end(), plain.begin() + 12, plain.end());
    return b;
}

} // namespace rig
