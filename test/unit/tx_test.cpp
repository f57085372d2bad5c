// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// tx.cpp over memory: the test is the NIC.

#include "tx.hpp"

#include <cstring>
#include <deque>
#include <random>

#include "mbufs.hpp"

using namespace miniport;
using hw::slot;

namespace {

constexpr std::uint32_t EOP = 1u << 24, IFCS = 1u << 25, RS = 1u << 27, DEXT = 1u << 29;

struct shape {
    std::uint16_t ring = 64;
    std::uint16_t report_at = 8;
    std::uint16_t reclaim_at = 16;
    bool fast_free = false;
    burst_fence fence = burst_fence::full;
};

/// A transmit queue as queue.cpp makes it, and the NIC behind it.
class bench {
public:
    explicit bench(const shape &s)
        : q{*queue_}, mbufs_(s.ring), reports_(s.ring),
          ring_(s.ring), burst_{transmit_burst(s.fence)}
    {
        q.ring = ring_.data();
        q.mbufs = mbufs_.data();
        q.reports = reports_.data();
        q.tail = hw::doorbell{&tail};
        q.size = hw::ring_size{s.ring};
        q.report_at = s.report_at;
        q.reclaim_at = s.reclaim_at;
        q.most_segments = static_cast<std::uint16_t>(s.ring - s.report_at);
        q.conf.offloads = s.fast_free ? RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE : 0;
        clear(q);
        q.gate.open();
    }
    ~bench()
    {
        q.gate.close(gate::word::paused);
        reap(q);
        CHECK(q.free == count() - 1);
    }

    // --- the application
    // --------------------------------------------------------------------------
    std::uint16_t send(const std::vector<rte_mbuf *> &frames)
    {
        auto list = frames;
        const std::uint16_t n = burst_(&q, list.data(), static_cast<std::uint16_t>(list.size()));
        REQUIRE(n <= frames.size());
        REQUIRE(list == frames); // the array is the application's
        REQUIRE(consistent());
        return n;
    }
    std::uint16_t send(rte_mbuf *frame) { return send(std::vector<rte_mbuf *>{frame}); }

    // --- the NIC
    // ----------------------------------------------------------------------------------
    volatile std::uint32_t tail = 0;
    unsigned head = 0;
    std::vector<frame_bytes> wire; ///< frames sent
    std::vector<unsigned> rs_at;   ///< slots that asked for a report, in order

    [[nodiscard]] unsigned pending() const { return (tail + count() - head) % count(); }

    /// Sends `n` descriptors; reports (DD) where asked to, unless `silent`.
    void transmit(unsigned n, bool silent = false)
    {
        REQUIRE(n <= pending());
        for (; n != 0; --n, head = (head + 1) % count()) {
            std::uint64_t address = 0;
            std::uint32_t command = 0, options = 0;
            std::memcpy(&address, raw(head), 8);
            std::memcpy(&command, raw(head) + 8, 4);
            std::memcpy(&options, raw(head) + 12, 4);
            const std::uint32_t length = command & 0xF'FFFF;
            REQUIRE((command >> 20 & 0xF) == 1); // data
            REQUIRE((command & (DEXT | IFCS)) == (DEXT | IFCS));
            REQUIRE((command & ~(0x1F'FFFFu | EOP | IFCS | RS | DEXT)) == 0);
            REQUIRE(options == 0);
            REQUIRE(length != 0);
            REQUIRE(((command & RS) == 0 || (command & EOP) != 0)); // whole frames are reported
            const auto *data = reinterpret_cast<const std::uint8_t *>(address);
            under_way_.insert(under_way_.end(), data, data + length);
            if ((command & EOP) != 0) {
                REQUIRE(under_way_.size() >= 17);
                REQUIRE(under_way_.size() <= 9230);
                wire.push_back(std::move(under_way_));
                under_way_.clear();
            }
            if ((command & RS) != 0) {
                rs_at.push_back(head);
                if (!silent)
                    report(head);
            }
        }
    }
    void transmit_all() { transmit(pending()); }
    /// Says DD in a slot, asked or not.
    void report(unsigned at) { raw(at)[12] |= 1; }

    [[nodiscard]] unsigned count() const { return q.size.count(); }
    [[nodiscard]] unsigned in_ring() const { return count() - 1u - q.free; }
    [[nodiscard]] bool consistent() const
    {
        return q.free <= count() - 1 && q.size.distance(q.clean, q.next) == in_ring() &&
               tail == q.next.slot();
    }

private:
    std::unique_ptr<tx_queue> queue_ = std::make_unique<tx_queue>();

public:
    tx_queue &q;

private:
    std::uint8_t *raw(unsigned at) { return reinterpret_cast<std::uint8_t *>(&ring_[at]); }

    std::vector<rte_mbuf *> mbufs_;
    std::vector<hw::ring_position> reports_;
    std::vector<slot> ring_;
    eth_tx_burst_t burst_;
    frame_bytes under_way_;
};

rte_mbuf *segment(rte_mempool *pool, const frame_bytes &data)
{
    rte_mbuf *m = rte_pktmbuf_alloc(pool);
    REQUIRE(m != nullptr);
    auto *to = reinterpret_cast<std::uint8_t *>(
        rte_pktmbuf_append(m, static_cast<std::uint16_t>(data.size())));
    REQUIRE(to != nullptr);
    std::copy(data.begin(), data.end(), to);
    return m;
}

rte_mbuf *frame(rte_mempool *pool, std::size_t length, unsigned seed = 1)
{
    return segment(pool, make_frame(length, seed));
}

/// A frame in `segments` about equal segments.
rte_mbuf *chained(rte_mempool *pool, std::size_t length, unsigned segments, unsigned seed = 1)
{
    const frame_bytes bytes = make_frame(length, seed);
    rte_mbuf *head = nullptr;
    for (unsigned i = 0; i < segments; ++i) {
        const auto from = static_cast<std::ptrdiff_t>(length * i / segments);
        const auto to = static_cast<std::ptrdiff_t>(length * (i + 1) / segments);
        rte_mbuf *s = segment(pool, {bytes.begin() + from, bytes.begin() + to});
        if (head == nullptr)
            head = s;
        else
            REQUIRE(rte_pktmbuf_chain(head, s) == 0);
    }
    return head;
}

} // namespace

// --- frames that go out
// -----------------------------------------------------------------------------

TEST_CASE("a frame goes out as one descriptor with its bytes", "[path][tx]")
{
    mbuf_pool pool{64, 2048};
    {
        bench b{{}};
        CHECK(b.send(frame(pool, 60, 3)) == 1);
        CHECK(b.tail == 1);
        b.transmit_all();
        REQUIRE(b.wire.size() == 1);
        CHECK(b.wire[0] == make_frame(60, 3));
    }
    CHECK(pool.whole());
}

TEST_CASE("frames go out at every position of the ring, in order", "[path][tx]")
{
    for (const std::uint16_t ring : sizes({32, 40, 64})) {
        mbuf_pool pool{256, 2048};
        {
            bench b{{.ring = ring}};
            for (unsigned n = 0; n < 5u * ring; ++n) {
                REQUIRE(b.send(frame(pool, 60 + n % 100, n)) == 1);
                b.transmit_all();
                REQUIRE(b.wire.size() == n + 1);
                REQUIRE(b.wire.back() == make_frame(60 + n % 100, n));
            }
        }
        CHECK(pool.whole());
    }
}

TEST_CASE("a chain goes out as one frame", "[path][tx]")
{
    for (unsigned segments = 1; segments <= 56; ++segments) {
        mbuf_pool pool{256, 2048};
        {
            bench b{{.ring = 64, .report_at = 8}};
            for (unsigned n = 0; n < 5; ++n) { // wraps
                REQUIRE(b.send(chained(pool, 100 * segments, segments, n)) == 1);
                REQUIRE(b.pending() == segments);
                b.transmit_all();
                REQUIRE((b.wire.back() == make_frame(100 * segments, n)));
            }
        }
        CAPTURE(segments);
        CHECK(pool.whole());
    }
}

TEST_CASE("a burst rings the doorbell once, behind its last frame", "[path][tx]")
{
    mbuf_pool pool{64, 2048};
    bench b{{}};
    std::vector<rte_mbuf *> frames;
    for (unsigned n = 0; n < 32; ++n)
        frames.push_back(frame(pool, 60, n));
    CHECK(b.send(frames) == 32);
    CHECK(b.tail == 32);
}

TEST_CASE("an empty burst rings nothing", "[path][tx]")
{
    bench b{{}};
    b.tail = 0xFFFF; // what no doorbell writes
    rte_mbuf *none[1] = {};
    CHECK(transmit_burst(burst_fence::full)(&b.q, none, 0) == 0);
    CHECK(b.tail == 0xFFFF);
    b.tail = 0;
}

TEST_CASE("the shortest and the longest frame", "[path][tx]")
{
    mbuf_pool pool{64, 9600};
    {
        bench b{{}};
        CHECK(b.send({frame(pool, 17), frame(pool, 9230), chained(pool, 9230, 5)}) == 3);
        b.transmit_all();
        CHECK(b.wire.size() == 3);
        CHECK(b.q.unsendable == 0);
    }
    CHECK(pool.whole());
}

// --- reports and reclaiming
// -------------------------------------------------------------------------

TEST_CASE("every report_at slots a report is asked for, on a frame's last slot", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8}};
        for (unsigned n = 0; n < 20; ++n)
            b.send(frame(pool, 60));
        for (unsigned n = 0; n < 8; ++n)
            b.send(chained(pool, 60, 3));
        b.transmit_all();
        // Single slots 7 and 15; four are over, then 3 + 3 reach eight, then 3 + 3 + 3 each.
        CHECK(b.rs_at == std::vector<unsigned>{7, 15, 25, 34, 43});
    }
    CHECK(pool.whole());
}

TEST_CASE("nothing is freed before its report, all up to it after", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8, .reclaim_at = 63}};
        for (unsigned n = 0; n < 20; ++n)
            b.send(frame(pool, 60));
        CHECK(pool.in_use() == 20);
        b.transmit(20, true);
        b.send(frame(pool, 60));
        CHECK(pool.in_use() == 21);
        b.report(7);
        b.send(frame(pool, 60));
        CHECK(pool.in_use() == 22 - 8);
        b.report(15);
        b.send(frame(pool, 60));
        CHECK(pool.in_use() == 23 - 16);
    }
    CHECK(pool.whole());
}

TEST_CASE("reclaiming waits until few slots are free", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8, .reclaim_at = 16}};
        for (unsigned n = 0; n < 48; ++n) {
            b.send(frame(pool, 60));
            b.transmit_all();
        }
        CHECK(b.q.free == 15);
        CHECK(pool.in_use() == 48);
        b.send(frame(pool, 60));
        CHECK(pool.in_use() == 1);
    }
    CHECK(pool.whole());
}

TEST_CASE("DD where no report was asked for frees nothing", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8, .reclaim_at = 63}};
        for (unsigned n = 0; n < 20; ++n)
            b.send(frame(pool, 60));
        b.transmit(20, true);
        for (unsigned at = 0; at < 64; ++at)
            if (at != 7 && at != 15)
                b.report(at);
        b.send(frame(pool, 60));
        CHECK(pool.in_use() == 21);
    }
    CHECK(pool.whole());
}

TEST_CASE("a report out of turn waits for those before it", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8, .reclaim_at = 63}};
        for (unsigned n = 0; n < 20; ++n)
            b.send(frame(pool, 60));
        b.transmit(20, true);
        b.report(15);
        b.send(frame(pool, 60));
        CHECK(pool.in_use() == 21);
        b.report(7);
        b.send(frame(pool, 60));
        CHECK(pool.in_use() == 22 - 16);
    }
    CHECK(pool.whole());
}

TEST_CASE("a device that reports everything always frees nothing twice", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 32, .report_at = 4, .reclaim_at = 31}};
        for (unsigned n = 0; n < 500; ++n) {
            for (unsigned at = 0; at < 32; ++at)
                b.report(at);
            REQUIRE(b.send(frame(pool, 60)) == 1);
            REQUIRE(pool.in_use() == b.in_ring());
        }
    }
    CHECK(pool.whole());
}

TEST_CASE("a full ring takes fewer, and the rest stay the application's", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8}};
        std::vector<rte_mbuf *> frames;
        for (unsigned n = 0; n < 100; ++n)
            frames.push_back(frame(pool, 60, n));
        REQUIRE(b.send(frames) == 63); // one slot stays empty
        frames.erase(frames.begin(), frames.begin() + 63);
        CHECK(b.send(frames) == 0);
        CHECK(pool.in_use() == 100);

        b.transmit_all();
        CHECK(b.send(frames) == 37);
        b.transmit_all();
        REQUIRE(b.wire.size() == 100);
        for (unsigned n = 0; n < 100; ++n)
            CHECK(b.wire[n] == make_frame(60, n));
    }
    CHECK(pool.whole());
}

TEST_CASE("a chain goes out whole or not at all", "[path][tx]")
{
    mbuf_pool pool{256, 2048};
    {
        bench b{{.ring = 64, .report_at = 8}};
        std::vector<rte_mbuf *> frames;
        for (unsigned n = 0; n < 10; ++n)
            frames.push_back(chained(pool, 600, 10, n));
        REQUIRE(b.send(frames) == 6);
        CHECK(b.pending() == 60);
        frames.erase(frames.begin(), frames.begin() + 6);
        b.transmit(59, true);
        CHECK(b.send(frames) == 0);
        b.transmit(1);
        for (const unsigned at : b.rs_at)
            b.report(at);
        CHECK(b.send(frames) == 4);
        b.transmit_all();
        CHECK(b.wire.size() == 10);
    }
    CHECK(pool.whole());
}

TEST_CASE("the longest chain that is taken always finds room in the end", "[path][tx]")
{
    mbuf_pool pool{256, 2048};
    for (const std::uint16_t report_at : sizes({1, 8, 16, 32})) {
        bench b{{.ring = 64, .report_at = report_at, .reclaim_at = 1}};
        for (unsigned before = 0; before < 64; ++before) {
            CAPTURE(report_at, before);
            while (b.in_ring() % 64 < before % (64u - report_at))
                if (b.send(frame(pool, 60)) == 0)
                    break;
            b.transmit_all();
            rte_mbuf *longest = chained(pool, 4000, b.q.most_segments);
            const std::uint16_t sent = b.send(longest);
            CHECK(sent == 1);
            if (sent == 0)
                rte_pktmbuf_free(longest);
            b.transmit_all();
        }
    }
    CHECK(pool.whole());
}

// --- frames that must not go out
// --------------------------------------------------------------------

namespace {

/// Sends `bad` between two good frames: it counts as taken, is freed, and never reaches the wire.
void check_dropped(const shape &s, mbuf_pool &pool, rte_mbuf *bad)
{
    {
        bench b{s};
        CHECK(b.send({frame(pool, 60, 1), bad, frame(pool, 60, 2)}) == 3);
        CHECK(b.q.unsendable == 1);
        CHECK(pool.in_use() == 2);
        b.transmit_all();
        CHECK(b.wire == std::vector<frame_bytes>{make_frame(60, 1), make_frame(60, 2)});
    }
    CHECK(pool.whole());
}

} // namespace

TEST_CASE("frames that hang the chip are dropped, counted and freed once", "[path][tx]")
{
    mbuf_pool pool{256, 9600};
    for (const bool fast_free : {false, true}) {
        const shape s{.fast_free = fast_free};
        CAPTURE(fast_free);
        SECTION("shorter than 17 bytes")
        {
            for (const std::size_t length : {0u, 1u, 16u})
                check_dropped(s, pool, frame(pool, length));
        }
        SECTION("longer than 9230 bytes")
        {
            check_dropped(s, pool, frame(pool, 9231));
            check_dropped(s, pool, chained(pool, 9231, 3));
        }
        SECTION("with an empty segment")
        {
            for (unsigned where = 0; where < 3; ++where) {
                rte_mbuf *m = segment(pool, make_frame(where == 0 ? 0 : 60, 1));
                REQUIRE(rte_pktmbuf_chain(m, segment(pool, make_frame(where == 1 ? 0 : 60, 2))) ==
                        0);
                REQUIRE(rte_pktmbuf_chain(m, segment(pool, make_frame(where == 2 ? 0 : 60, 3))) ==
                        0);
                check_dropped(s, pool, m);
            }
        }
        SECTION("in more segments than could ever be posted")
        {
            check_dropped(s, pool, chained(pool, 4000, 57));
            check_dropped(s, pool, chained(pool, 4000, 64));
        }
    }
}

TEST_CASE("frames whose header lies are dropped, counted and freed once", "[path][tx]")
{
    mbuf_pool pool{256, 2048};
    SECTION("more segments than there are")
    {
        rte_mbuf *m = chained(pool, 600, 2);
        m->nb_segs = 3;
        check_dropped({}, pool, m);
    }
    SECTION("one segment that says two")
    {
        rte_mbuf *m = frame(pool, 600);
        m->nb_segs = 2;
        check_dropped({}, pool, m);
    }
    SECTION("fewer segments than there are")
    {
        rte_mbuf *m = chained(pool, 600, 3);
        m->nb_segs = 2;
        check_dropped({}, pool, m);
    }
    SECTION("a chain that says one segment")
    {
        rte_mbuf *m = chained(pool, 600, 2);
        m->nb_segs = 1;
        check_dropped({}, pool, m);
    }
    SECTION("no segment at all")
    {
        rte_mbuf *m = frame(pool, 600);
        m->nb_segs = 0;
        check_dropped({}, pool, m);
        // Freed through the pool with nb_segs 0 repaired by DPDK.
    }
    SECTION("a wrong total length")
    {
        rte_mbuf *m = frame(pool, 600);
        m->pkt_len = 601;
        check_dropped({}, pool, m);
        m = chained(pool, 600, 3);
        m->pkt_len = 599;
        check_dropped({}, pool, m);
    }
}

TEST_CASE("a burst of nothing but bad frames rings nothing", "[path][tx]")
{
    mbuf_pool pool{64, 2048};
    {
        bench b{{}};
        CHECK(b.send({frame(pool, 1), frame(pool, 2)}) == 2);
        CHECK(b.tail == 0);
        CHECK(b.q.unsendable == 2);
    }
    CHECK(pool.whole());
}

TEST_CASE("a bad frame is dropped even where the ring is full", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{}};
        while (b.q.free != 0)
            b.send(frame(pool, 60));
        CHECK(b.send(frame(pool, 1)) == 1);
    }
    CHECK(pool.whole());
}

// --- whose mbufs they are
// ---------------------------------------------------------------------------

TEST_CASE("FAST_FREE gives mbufs back unseen, in bulk", "[path][tx]")
{
    mbuf_pool pool{256, 2048};
    {
        bench b{{.ring = 64, .report_at = 8, .fast_free = true}};
        for (unsigned n = 0; n < 500; ++n) {
            REQUIRE(b.send(frame(pool, 60, n)) == 1);
            b.transmit_all();
        }
        CHECK(b.q.one_pool);
    }
    CHECK(pool.whole());
}

TEST_CASE("FAST_FREE, and then a chained frame", "[path][tx]")
{
    for (unsigned before = 0; before < 70; ++before) {
        mbuf_pool pool{256, 2048};
        {
            bench b{{.ring = 64, .report_at = 8, .fast_free = true}};
            for (unsigned n = 0; n < before; ++n) {
                REQUIRE(b.send(frame(pool, 60, n)) == 1);
                if (n % 3 == 0)
                    b.transmit_all();
            }
            REQUIRE(b.send({frame(pool, 60), chained(pool, 600, 4), frame(pool, 60)}) == 3);
            b.transmit_all();
            for (unsigned n = 0; n < 100; ++n) {
                REQUIRE(b.send(frame(pool, 60, n)) == 1);
                b.transmit_all();
            }
        }
        CAPTURE(before);
        CHECK(pool.whole());
    }
}

TEST_CASE("a frame of which the application keeps a reference stays its", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8, .reclaim_at = 63}};
        rte_mbuf *kept = frame(pool, 60, 7);
        rte_pktmbuf_refcnt_update(kept, 1);
        for (unsigned n = 0; n < 30; ++n)
            REQUIRE(b.send(n == 3 ? kept : frame(pool, 60, n)) == 1);
        b.transmit_all();
        b.send(frame(pool, 60));
        CHECK(rte_mbuf_refcnt_read(kept) == 1);
        CHECK(bytes_in(kept) == make_frame(60, 7));
        rte_pktmbuf_free(kept);
    }
    CHECK(pool.whole());
}

TEST_CASE("the same frame twice in a ring", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8, .reclaim_at = 63}};
        rte_mbuf *twice = frame(pool, 60, 7);
        rte_pktmbuf_refcnt_update(twice, 1);
        CHECK(b.send({twice, twice}) == 2);
        b.transmit_all();
        CHECK(b.wire == std::vector<frame_bytes>{make_frame(60, 7), make_frame(60, 7)});
    }
    CHECK(pool.whole());
}

TEST_CASE("an indirect mbuf gives itself and its data back", "[path][tx]")
{
    mbuf_pool data{64, 2048}, headers{64, 2048};
    {
        bench b{{.ring = 64, .report_at = 4, .reclaim_at = 63}};
        rte_mbuf *original = frame(data, 600, 5);
        rte_mbuf *clone = rte_pktmbuf_clone(original, headers);
        REQUIRE(clone != nullptr);
        CHECK(b.send({clone, original}) == 2);
        for (unsigned n = 0; n < 2; ++n)
            b.send(frame(data, 60));
        b.transmit_all();
        CHECK(b.wire[0] == make_frame(600, 5));
        CHECK(b.wire[1] == make_frame(600, 5));
        b.send(frame(data, 60));
        CHECK(headers.in_use() == 0);
        CHECK(data.in_use() == 1);
    }
    CHECK(data.whole());
    CHECK(headers.whole());
}

TEST_CASE("mbufs of two pools go back each to its own", "[path][tx]")
{
    mbuf_pool one{128, 2048}, other{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8}};
        for (unsigned n = 0; n < 300; ++n) {
            REQUIRE(b.send(frame(n * n % 7 < 3 ? one : other, 60, n)) == 1);
            b.transmit_all();
        }
        rte_mbuf *mixed = frame(one, 100, 1);
        REQUIRE(rte_pktmbuf_chain(mixed, frame(other, 100, 2)) == 0);
        CHECK(b.send(mixed) == 1);
        b.transmit_all();
    }
    CHECK(one.whole());
    CHECK(other.whole());
}

TEST_CASE("a stretch longer than one block goes back whole", "[path][tx]")
{
    mbuf_pool one{1024, 128}, other{1024, 128};
    {
        bench b{{.ring = 512, .report_at = 256, .reclaim_at = 511}};
        for (unsigned n = 0; n < 500; ++n)
            b.send(frame(n % 200 < 150 ? one : other, 60));
        b.transmit_all();
        b.send(frame(one, 60));
        CHECK(one.in_use() + other.in_use() == 501 - 256);
    }
    CHECK(one.whole());
    CHECK(other.whole());
}

// --- the end
// ----------------------------------------------------------------------------------------

TEST_CASE("reap frees what is in the ring, sent or not, once", "[path][tx]")
{
    for (const bool fast_free : {false, true})
        for (unsigned sent = 0; sent <= 63; ++sent) {
            mbuf_pool pool{128, 2048};
            {
                bench b{{.ring = 64, .report_at = 8, .fast_free = fast_free}};
                for (unsigned n = 0; n < 40; ++n) { // somewhere in the ring
                    REQUIRE(b.send(frame(pool, 60)) == 1);
                    b.transmit_all();
                }
                for (unsigned n = 0; n < sent && b.q.free != 0; ++n)
                    b.send(frame(pool, 60));
                b.transmit(b.pending() / 2);
                reap(b.q);
                CAPTURE(fast_free, sent);
                REQUIRE(pool.whole());
                reap(b.q);
                REQUIRE(pool.whole());
                CHECK(b.q.free == 63);
                b.tail = b.head = 0;
                CHECK(b.send(frame(pool, 60)) == 1); // an empty ring as new
                CHECK(b.tail == 1);
            }
            CHECK(pool.whole());
        }
}

TEST_CASE("after reap no old report counts", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8, .reclaim_at = 63}};
        for (unsigned n = 0; n < 20; ++n)
            b.send(frame(pool, 60));
        b.transmit_all();
        reap(b.q);
        b.tail = b.head = 0;
        for (unsigned n = 0; n < 20; ++n)
            b.send(frame(pool, 60));
        CHECK(pool.in_use() == 20);
    }
    CHECK(pool.whole());
}

TEST_CASE("FAST_FREE is promised anew after reap", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    bench b{{.fast_free = true}};
    b.send(chained(pool, 60, 2));
    CHECK_FALSE(b.q.one_pool);
    reap(b.q);
    CHECK(b.q.one_pool);
    b.tail = 0;
}

TEST_CASE("abort counts what the NIC did not report as sent", "[path][tx]")
{
    mbuf_pool pool{128, 2048};
    {
        bench b{{.ring = 64, .report_at = 8}};
        for (unsigned n = 0; n < 20; ++n)
            b.send(frame(pool, 60));
        b.transmit(10); // the first eight are reported
        abort_all(b.q);
        CHECK(b.q.aborted == 12);
        CHECK(pool.whole());
        b.tail = b.head = 0;
        CHECK(b.send(frame(pool, 60)) == 1);
    }
    CHECK(pool.whole());
}

// --- the gate
// ---------------------------------------------------------------------------------------

TEST_CASE("a transmit burst that may not pass says why and takes nothing", "[path][tx]")
{
    struct {
        gate::word why;
        int error;
    } const table[] = {{gate::word::paused, ENETDOWN},
                       {gate::word::resetting, EAGAIN},
                       {gate::word::removed, EIO},
                       {gate::word::shut_down, ESHUTDOWN}};
    mbuf_pool pool{64, 2048};
    for (const auto fence : {burst_fence::light, burst_fence::full})
        for (const auto &t : table) {
            bench b{{.fence = fence}};
            b.q.gate.close(t.why);
            rte_mbuf *m = frame(pool, 60);
            rte_errno = 0;
            CHECK(b.send(m) == 0);
            CHECK(rte_errno == t.error);
            CHECK(rte_mbuf_refcnt_read(m) == 1);
            rte_pktmbuf_free(m);
        }
    rte_mbuf *none[1] = {};
    CHECK(transmit_burst(burst_fence::light)(nullptr, none, 1) == 0);
    CHECK(rte_errno == EINVAL);
    CHECK(pool.whole());
}

TEST_CASE("a transmit burst leaves the gate behind it", "[path][tx]")
{
    mbuf_pool pool{64, 2048};
    bench b{{}};
    CHECK(b.send(frame(pool, 60)) == 1);
    CHECK(b.q.gate.drained());
}

// --- everything at once
// -----------------------------------------------------------------------------

namespace {

/// Plays `steps` random steps: what the NIC sends must be the sendable frames that were taken, in
/// order; what is not in the ring must be in the pools or with the application.
void play(const shape &s, unsigned steps, unsigned seed)
{
    mbuf_pool one{512, 2048}, other{512, 2048};
    std::mt19937 generator{seed};
    const auto dice = [&] { return static_cast<unsigned>(generator()); };
    const auto below = [&](unsigned n) { return dice() % n; };
    std::vector<rte_mbuf *> kept; // references that the application keeps
    {
        bench b{s};
        std::deque<frame_bytes> expected;
        std::uint64_t bad = 0, sent = 0;
        unsigned slots = 0; // taken and not sent by the NIC

        for (unsigned step = 0; step < steps; ++step) {
            if (below(2) == 0) {
                std::vector<rte_mbuf *> offered;
                std::vector<frame_bytes> good; // empty: unsendable
                std::vector<unsigned> segments;
                for (unsigned n = below(20); n != 0; --n) {
                    rte_mempool *pool = s.fast_free || below(2) != 0 ? one : other;
                    const unsigned kind = below(20);
                    const unsigned most = s.fast_free ? 3 : 12;
                    const unsigned parts = kind < 4 ? 1 + below(most) : 1;
                    const std::size_t length = kind == 5   ? below(17)
                                               : kind == 6 ? 2000 + below(40)
                                                           : 17 + below(1500);
                    rte_mbuf *m = length >= parts ? chained(pool, length, parts, dice())
                                                  : frame(pool, length);
                    frame_bytes bytes = bytes_in(m);
                    if (kind == 7) {
                        m->pkt_len += 1;
                        bytes.clear();
                    }
                    if (bytes.size() < 17)
                        bytes.clear();
                    if (!s.fast_free && kind == 8) {
                        rte_pktmbuf_refcnt_update(m, 1);
                        kept.push_back(m);
                    }
                    offered.push_back(m);
                    good.push_back(bytes);
                    segments.push_back(m->nb_segs);
                }
                const std::uint16_t taken = b.send(offered);
                for (std::size_t i = 0; i < offered.size(); ++i) {
                    if (i >= taken) {
                        rte_pktmbuf_free(offered[i]);
                    } else if (good[i].empty()) {
                        ++bad;
                    } else {
                        expected.push_back(good[i]);
                        slots += segments[i];
                    }
                }
                REQUIRE(b.pending() == slots);
                // A burst ends early only where the ring has no room for the frame.
                if (taken < offered.size()) {
                    REQUIRE_FALSE(good[taken].empty());
                    REQUIRE(b.q.free < segments[taken]);
                }
            } else {
                const unsigned n = below(b.pending() + 1);
                b.transmit(n);
                slots -= n;
                for (const frame_bytes &f : b.wire) {
                    REQUIRE_FALSE(expected.empty());
                    REQUIRE((f == expected.front()));
                    expected.pop_front();
                    ++sent;
                }
                b.wire.clear();
            }
            if (below(8) == 0)
                while (!kept.empty()) {
                    rte_pktmbuf_free(kept.back());
                    kept.pop_back();
                }
            if (kept.empty())
                REQUIRE(one.in_use() + other.in_use() == b.in_ring());
        }
        CHECK(b.q.unsendable == bad);
        CHECK(bad > 0);
        CHECK(sent > steps);
    }
    for (rte_mbuf *m : kept)
        rte_pktmbuf_free(m);
    CHECK(one.whole());
    CHECK(other.whole());
}

} // namespace

TEST_CASE("20 000 random steps of transmit", "[path][tx]")
{
    play({.ring = 64, .report_at = 8, .reclaim_at = 16}, 20'000, 1);
    play({.ring = 40, .report_at = 10, .reclaim_at = 32}, 20'000, 2);
}

TEST_CASE("20 000 random steps of transmit with FAST_FREE", "[path][tx]")
{
    play({.ring = 64, .report_at = 16, .reclaim_at = 32, .fast_free = true}, 20'000, 3);
}
