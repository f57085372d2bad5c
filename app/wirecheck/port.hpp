// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Who owns what: a port from configure to close, its mbuf pools, and what either leaves behind.
// A port counts by itself what went through it, to be held against the driver's statistics.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "report.hpp"

namespace wirecheck {

class mbuf_pool {
public:
    mbuf_pool(const char *name, unsigned count, std::uint32_t data_bytes);

    [[nodiscard]] rte_mempool *get() const noexcept { return pool_.get(); }
    [[nodiscard]] unsigned in_use() const noexcept { return rte_mempool_in_use_count(get()); }

private:
    struct deleter {
        void operator()(rte_mempool *pool) const noexcept { rte_mempool_free(pool); }
    };
    std::unique_ptr<rte_mempool, deleter> pool_;
};

/// mbufs on their way between pool and driver; those not handed on go back to the pool.
class mbuf_batch {
public:
    explicit mbuf_batch(std::size_t capacity)
        : slots_(capacity)
    {}
    mbuf_batch(const mbuf_batch &) = delete;
    mbuf_batch &operator=(const mbuf_batch &) = delete;
    ~mbuf_batch() { clear(); }

    [[nodiscard]] std::span<rte_mbuf *> room() noexcept { return slots_; }
    [[nodiscard]] std::span<rte_mbuf *> rest() noexcept { return {&slots_[first_], size_}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void filled(std::size_t count) noexcept { first_ = 0, size_ = count; }
    void handed_on(std::size_t count) noexcept { first_ += count, size_ -= count; }
    void clear() noexcept
    {
        rte_pktmbuf_free_bulk(rest().data(), static_cast<unsigned>(size_));
        filled(0);
    }

private:
    std::vector<rte_mbuf *> slots_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

struct port_setup {
    std::uint32_t mtu;
    std::uint32_t mbuf_data;
    std::uint16_t rxd;
    std::uint16_t txd;
    bool segments;
    bool link_events;
};

class port {
public:
    explicit port(std::uint16_t id) noexcept
        : id_(id)
    {}
    port(const port &) = delete;
    port &operator=(const port &) = delete;
    ~port();

    void configure(const port_setup &setup, rte_mempool *rx_pool);
    void start();
    void wait_for_link() const;
    void stop();
    void close();

    [[nodiscard]] std::span<rte_mbuf *> receive(std::span<rte_mbuf *> room) noexcept;
    /// How many of the frames the driver took.
    [[nodiscard]] std::size_t send(std::span<rte_mbuf *> frames) noexcept;

    [[nodiscard]] std::uint16_t id() const noexcept { return id_; }
    [[nodiscard]] rte_ether_addr address() const noexcept { return address_; }
    /// It is sent what it must refuse: errors and missed frames are no fault.
    void tolerate_errors() noexcept { errors_tolerated_ = true; }
    /// Prints the driver's statistics; each one that is wrong is a finding.
    void audit(report &findings) const;

private:
    [[nodiscard]] rte_eth_conf choose(const port_setup &setup, const rte_eth_dev_info &info) const;
    void must(int result, const char *what) const;

    std::uint16_t id_;
    rte_ether_addr address_{};
    bool started_ = false;
    bool closed_ = false;
    bool errors_tolerated_ = false;
    bool watches_link_ = false;
    traffic sent_;
    traffic received_;
};

/// File descriptors and memzones of this process: what the ports must give back.
struct belongings {
    std::map<int, std::string> descriptors;
    std::set<std::string> memzones;

    [[nodiscard]] static belongings now();
    /// A finding for each that `before` does not have.
    void audit(const belongings &before, report &findings) const;
};

} // namespace wirecheck
