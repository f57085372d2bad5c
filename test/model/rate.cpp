// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// How many frames per second the models move when a core does nothing but poll: two models on a
// plain cable, both sending, rings refilled by hand between the calls.

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "rig.hpp"

using namespace rig;

namespace {

constexpr u32 entries = 512, burst = 32;

struct queue {
    alignas(128) std::array<descriptor, entries> tx{}, rx{};
    bytes memory = bytes(std::size_t{entries} * 2048 * 2);
    volatile u32 *tx_bell = nullptr, *rx_bell = nullptr;
    u32 tx_next = 0, rx_next = 0;
};

void set_up(port &p, queue &q)
{
    for (u32 i = 0; i < entries; ++i)
        q.rx[i] = {iova(q.memory.data()) + i * 2048u, 0};
    p.write(at::RFCTL, 1u << 15);
    p.write(at::RDBAL, static_cast<u32>(iova(q.rx.data())));
    p.write(at::RDBAH, static_cast<u32>(iova(q.rx.data()) >> 32));
    p.write(at::RDLEN, entries * 16);
    p.write(at::RCTL, 1u << 1 | 1u << 15 | 1u << 26);
    p.write(at::TDBAL, static_cast<u32>(iova(q.tx.data())));
    p.write(at::TDBAH, static_cast<u32>(iova(q.tx.data()) >> 32));
    p.write(at::TDLEN, entries * 16);
    p.write(at::TCTL, 1u << 1 | 1u << 3);
    q.tx_bell = static_cast<volatile u32 *>(p.device.doorbell(at::TDT));
    q.rx_bell = static_cast<volatile u32 *>(p.device.doorbell(at::RDT));
    *q.rx_bell = entries - 1;
}

void send(queue &q, const bytes &frame)
{
    for (u32 i = 0; i < burst; ++i) {
        const u64 memory = iova(q.memory.data()) + (entries + q.tx_next) * 2048u;
        if (q.tx[q.tx_next].low == 0)
            std::memcpy(reinterpret_cast<void *>(memory), frame.data(), frame.size());
        const u32 command = port::eop | port::ifcs | port::dext | port::data_type |
                            (i == burst - 1 ? port::rs : 0) | static_cast<u32>(frame.size());
        q.tx[q.tx_next] = {memory, command};
        q.tx_next = (q.tx_next + 1) % entries;
    }
    __atomic_store_n(q.tx_bell, q.tx_next, __ATOMIC_RELEASE);
}

u32 take(queue &q)
{
    u32 n = 0;
    while ((__atomic_load_n(&q.rx[q.rx_next].high, __ATOMIC_ACQUIRE) & 1) != 0) {
        q.rx[q.rx_next] = {iova(q.memory.data()) + q.rx_next * 2048u, 0};
        q.rx_next = (q.rx_next + 1) % entries;
        ++n;
    }
    if (n != 0)
        __atomic_store_n(q.rx_bell, (q.rx_next + entries - 1) % entries, __ATOMIC_RELEASE);
    return n;
}

double rate(std::size_t size, u32 rxcsum)
{
    pair p;
    queue qa, qb;
    set_up(*p.a, qa);
    set_up(*p.b, qb);
    p.a->write(at::RXCSUM, rxcsum);
    p.b->write(at::RXCSUM, rxcsum);
    const bytes to_b = ip_frame(4, 17, size - 42);
    bytes to_a = to_b;
    std::memcpy(to_a.data(), mac_a.data(), 6);
    u64 frames = 0;
    using clock = std::chrono::steady_clock;
    const auto begin = clock::now();
    double seconds = 0;
    while (seconds < 1.0) {
        for (int i = 0; i < 1000; ++i) {
            send(qa, to_b);
            send(qb, to_a);
            p.l.poll_once();
            frames += take(qa) + take(qb);
        }
        seconds = std::chrono::duration<double>(clock::now() - begin).count();
    }
    if (frames == 0)
        std::abort();
    return static_cast<double>(frames) / seconds / 1e6;
}

} // namespace

int main()
{
    for (int i = 0; i < 3; ++i)
        std::printf("60 B %.2f Mpps · 60 B with checksum verdicts %.2f Mpps · 1514 B %.2f Mpps\n",
                    rate(60, 0), rate(60, 3u << 8), rate(1514, 0));
}
