// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Real mbufs for tests of the data path: DPDK without devices and hugepages, started by the first
// test that needs it, and a pool that can tell whether each of its mbufs came back, once and clean.

#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "dpdk.hpp"

void start_dpdk(); ///< dpdk.cpp; once

class mbuf_pool {
public:
    mbuf_pool(unsigned mbufs, unsigned data_bytes) : size_{mbufs}
    {
        start_dpdk();
        static unsigned number = 0;
        const std::string name = "test" + std::to_string(number++);
        pool_ = rte_pktmbuf_pool_create(
            name.c_str(), mbufs, 0, 0,
            static_cast<std::uint16_t>(data_bytes + RTE_PKTMBUF_HEADROOM), SOCKET_ID_ANY);
        REQUIRE(pool_ != nullptr);
    }
    ~mbuf_pool() { rte_mempool_free(pool_); }
    mbuf_pool(const mbuf_pool &) = delete;
    mbuf_pool &operator=(const mbuf_pool &) = delete;

    operator rte_mempool *() const { return pool_; }
    [[nodiscard]] unsigned in_use() const { return rte_mempool_in_use_count(pool_); }
    [[nodiscard]] unsigned available() const { return rte_mempool_avail_count(pool_); }

    /// Every mbuf is here exactly once, ready for whoever takes it next.
    [[nodiscard]] bool whole() const
    {
        if (rte_mempool_avail_count(pool_) != size_ || in_use() != 0)
            return false;
        std::vector<void *> all(size_);
        if (rte_mempool_get_bulk(pool_, all.data(), size_) != 0)
            return false;
        bool clean = std::set<void *>(all.begin(), all.end()).size() == size_;
        for (void *one : all) {
            const auto *m = static_cast<const rte_mbuf *>(one);
            clean &= rte_mbuf_refcnt_read(m) == 1 && m->next == nullptr && m->nb_segs == 1;
        }
        rte_mempool_put_bulk(pool_, all.data(), size_);
        return clean;
    }

    /// Takes all but `leave` away, until the answer is destroyed.
    [[nodiscard]] std::shared_ptr<void> starve(unsigned leave = 0) const
    {
        auto taken = std::make_shared<std::vector<void *>>(available() - leave);
        const auto n = static_cast<unsigned>(taken->size());
        REQUIRE(rte_mempool_get_bulk(pool_, taken->data(), n) == 0);
        return {nullptr,
                [taken, n, pool = pool_](void *) { rte_mempool_put_bulk(pool, taken->data(), n); }};
    }

    /// What the application left in the headers of mbufs that it freed.
    void set_data_off(std::uint16_t offset) const
    {
        std::vector<void *> all(available());
        const auto n = static_cast<unsigned>(all.size());
        REQUIRE(rte_mempool_get_bulk(pool_, all.data(), n) == 0);
        for (void *one : all)
            static_cast<rte_mbuf *>(one)->data_off = offset;
        rte_mempool_put_bulk(pool_, all.data(), n);
    }

private:
    unsigned size_;
    rte_mempool *pool_ = nullptr;
};

/// Numbers to loop over, as rings have them.
using sizes = std::vector<std::uint16_t>;

using frame_bytes = std::vector<std::uint8_t>;

/// A frame of `length` bytes that differs from others; no VLAN tag.
inline frame_bytes make_frame(std::size_t length, unsigned seed)
{
    frame_bytes f(length);
    for (std::size_t i = 0; i < length; ++i)
        f[i] = static_cast<std::uint8_t>(seed * 31 + i * 7 + (i >> 8));
    if (length > 13) {
        f[12] = 0x08;
        f[13] = 0x00;
    }
    return f;
}

/// What an mbuf chain holds.
inline frame_bytes bytes_in(const rte_mbuf *m)
{
    frame_bytes all;
    for (; m != nullptr; m = m->next) {
        const auto *data = rte_pktmbuf_mtod(m, const std::uint8_t *);
        all.insert(all.end(), data, data + m->data_len);
    }
    return all;
}
