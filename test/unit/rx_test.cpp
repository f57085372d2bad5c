// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// rx.cpp over memory: the test is the NIC.

#include "rx.hpp"

#include <cstring>
#include <deque>
#include <random>

#include "mbufs.hpp"

using namespace miniport;
using hw::slot;

namespace {

constexpr std::uint32_t DD = 1u << 0, EOP = 1u << 1, CE = 1u << 24, SE = 1u << 25, SEQ = 1u << 26,
                        CXE = 1u << 28, TCPE = 1u << 29, IPE = 1u << 30, RXE = 1u << 31;

struct shape {
    std::uint16_t ring = 64;
    std::uint16_t refill_at = 8;
    std::uint16_t frame_max = 1514; // MTU 1500
    std::uint16_t buffer = 2048;
    frame_layout layout = frame_layout::whole;
    unsigned spare = 64; // mbufs of the pool beyond the ring
};

constexpr shape scattered{
    .ring = 128, .frame_max = 9014, .buffer = 256, .layout = frame_layout::scattered, .spare = 256};

/// A receive queue as queue.cpp makes it, the NIC behind it, and the application before it.
class bench {
public:
    explicit bench(const shape &s)
        : pool{s.ring - 1u + s.spare, s.buffer}, q{*queue_}, mbufs_(s.ring), ring_(s.ring)
    {
        q.ring = ring_.data();
        q.mbufs = mbufs_.data();
        q.rearm = rearm_word();
        q.pool = pool;
        q.tail = hw::doorbell{&tail};
        q.size = hw::ring_size{s.ring};
        q.refill_at = s.refill_at;
        q.frame_max = s.frame_max;
        q.whole_max = std::min(s.frame_max, s.buffer);
        q.buffer = s.buffer;
        burst_ = receive_burst(s.layout, burst_fence::full);
    }
    ~bench()
    {
        q.gate.close(gate::word::paused);
        application.clear();
        reap(q);
        CHECK(pool.whole());
    }

    bench &started()
    {
        REQUIRE(post_all(q) == status::ok);
        q.tail.ring(q.refill.slot());
        q.gate.open();
        return *this;
    }

    // --- the NIC
    // ----------------------------------------------------------------------------------
    volatile std::uint32_t tail = 0;
    unsigned head = 0;

    /// Descriptors that the NIC may fill.
    [[nodiscard]] unsigned owned() const { return (tail + count() - head) % count(); }

    /// Writes a descriptor back, wherever.
    void write_back(unsigned at, std::uint16_t length, std::uint32_t staterr)
    {
        const std::uint64_t high = std::uint64_t{length} << 32 | staterr;
        std::memcpy(raw(at), "\xA5\xA5\xA5\xA5\xA5\xA5\xA5\xA5", 8); // the address is gone
        std::memcpy(raw(at) + 8, &high, 8);
    }
    /// Fills the next buffer and says `length`, which need not be true.
    void piece(const frame_bytes &data, std::uint16_t length, std::uint32_t staterr)
    {
        REQUIRE(owned() != 0);
        std::uint64_t address = 0;
        std::memcpy(&address, raw(head), 8);
        REQUIRE(address != 0);
        std::memcpy(reinterpret_cast<void *>(address), data.data(),
                    std::min<std::size_t>(data.size(), q.buffer));
        write_back(head, length, staterr);
        head = (head + 1) % count();
    }
    void whole(const frame_bytes &f, std::uint32_t errors = 0)
    {
        piece(f, static_cast<std::uint16_t>(f.size()), DD | EOP | errors);
    }
    /// As many pieces as the frame needs; `each` bytes in all but the last.
    void in_pieces(const frame_bytes &f, std::size_t each, std::uint32_t last = DD | EOP)
    {
        for (std::size_t at = 0; at < f.size(); at += each) {
            const std::size_t n = std::min(each, f.size() - at);
            const auto from = f.begin() + static_cast<std::ptrdiff_t>(at);
            const bool end = at + n == f.size();
            piece({from, from + static_cast<std::ptrdiff_t>(n)}, static_cast<std::uint16_t>(n),
                  end ? last : DD);
        }
    }

    // --- the application
    // --------------------------------------------------------------------------
    struct free_frame {
        void operator()(rte_mbuf *m) const { rte_pktmbuf_free(m); }
    };
    using owned_frame = std::unique_ptr<rte_mbuf, free_frame>;
    std::vector<owned_frame> application;

    std::uint16_t burst(std::uint16_t wanted = 32)
    {
        rte_mbuf *got[512];
        REQUIRE(wanted <= 512);
        const std::uint16_t n = burst_(&q, got, wanted);
        REQUIRE(n <= wanted);
        for (std::uint16_t i = 0; i < n; ++i)
            application.emplace_back(got[i]);
        REQUIRE(consistent());
        return n;
    }
    /// The only frame received since the last look.
    frame_bytes received()
    {
        REQUIRE(burst() == 1);
        const frame_bytes f = bytes_in(application.back().get());
        application.pop_back();
        return f;
    }

    [[nodiscard]] unsigned count() const { return q.size.count(); }
    /// One slot at least is unposted, the positions agree, and the doorbell says so.
    [[nodiscard]] bool consistent() const
    {
        return q.posted <= count() - 1 && q.size.advance(q.next, q.posted) == q.refill &&
               tail == q.refill.slot();
    }

private:
    std::unique_ptr<rx_queue> queue_ = std::make_unique<rx_queue>();

public:
    mbuf_pool pool;
    rx_queue &q;

private:
    static std::uint64_t rearm_word()
    {
        rte_mbuf fresh{};
        fresh.data_off = RTE_PKTMBUF_HEADROOM;
        fresh.nb_segs = 1;
        fresh.port = 7;
        rte_mbuf_refcnt_set(&fresh, 1);
        std::uint64_t word = 0;
        std::memcpy(&word, &fresh.rearm_data, sizeof word);
        return word;
    }
    std::uint8_t *raw(unsigned at) { return reinterpret_cast<std::uint8_t *>(&ring_[at]); }

    std::vector<rte_mbuf *> mbufs_;
    std::vector<slot> ring_;
    eth_rx_burst_t burst_ = nullptr;
};

/// `f` with the given tags before its type, `length` bytes in all.
frame_bytes tagged(std::vector<std::uint16_t> types, std::size_t length, unsigned seed = 1)
{
    frame_bytes f = make_frame(length, seed);
    std::size_t at = 12;
    for (const std::uint16_t t : types) {
        f[at] = static_cast<std::uint8_t>(t >> 8);
        f[at + 1] = static_cast<std::uint8_t>(t);
        f[at + 2] = 0x00;
        f[at + 3] = 0x64;
        at += 4;
    }
    f[at] = 0x08;
    f[at + 1] = 0x00;
    return f;
}

constexpr std::uint16_t vlan = 0x8100, qinq = 0x88A8;

} // namespace

// --- posting and refilling
// --------------------------------------------------------------------------

TEST_CASE("a started ring has every slot posted but one", "[path][rx]")
{
    bench b{{.ring = 64}};
    b.started();
    CHECK(b.q.posted == 63);
    CHECK(b.tail == 63);
    CHECK(b.pool.in_use() == 63);
}

TEST_CASE("a pool that is too small starts nothing and loses nothing", "[path][rx]")
{
    bench b{{.ring = 64, .spare = 0}};
    const auto hungry = b.pool.starve(62);
    CHECK(post_all(b.q) == status::no_memory);
    CHECK(b.pool.available() == 62);
}

TEST_CASE("an empty burst takes nothing and rings nothing", "[path][rx]")
{
    bench b{{}};
    b.started();
    b.tail = 0xFFFF; // what no doorbell writes
    rte_mbuf *got[4];
    const auto burst = receive_burst(frame_layout::whole, burst_fence::full);
    CHECK(burst(&b.q, got, 4) == 0);
    CHECK(burst(&b.q, got, 0) == 0);
    CHECK(b.tail == 0xFFFF);
    CHECK(b.q.posted == 63);
}

TEST_CASE("a frame arrives with its bytes and a fresh header", "[path][rx]")
{
    bench b{{}};
    b.pool.set_data_off(5);
    b.started();
    const frame_bytes sent = make_frame(60, 1);
    b.whole(sent, TCPE | IPE); // a checksum inside is none of ours
    REQUIRE(b.burst() == 1);
    const rte_mbuf *m = b.application.back().get();
    CHECK(bytes_in(m) == sent);
    CHECK(m->pkt_len == 60);
    CHECK(m->data_len == 60);
    CHECK(m->data_off == RTE_PKTMBUF_HEADROOM);
    CHECK(m->nb_segs == 1);
    CHECK(m->next == nullptr);
    CHECK(m->port == 7);
    CHECK(rte_mbuf_refcnt_read(m) == 1);
    CHECK(m->ol_flags == 0);
    CHECK(m->packet_type == 0);
}

TEST_CASE("whole frames at every position of the ring", "[path][rx]")
{
    for (const std::uint16_t ring : sizes({32, 40, 64})) {
        bench b{{.ring = ring}};
        b.started();
        for (unsigned n = 0; n < 3u * ring; ++n) {
            const frame_bytes sent = make_frame(60 + n % 100, n);
            b.whole(sent);
            REQUIRE(b.received() == sent);
        }
    }
}

TEST_CASE("a burst takes no more than wanted, the rest the next", "[path][rx]")
{
    bench b{{}};
    b.started();
    for (unsigned n = 0; n < 10; ++n)
        b.whole(make_frame(100, n));
    CHECK(b.burst(4) == 4);
    CHECK(b.burst(4) == 4);
    CHECK(b.burst(4) == 2);
    for (unsigned n = 0; n < 10; ++n)
        CHECK(bytes_in(b.application[n].get()) == make_frame(100, n));
}

TEST_CASE("a burst takes all that the NIC filled across the end of the ring", "[path][rx]")
{
    bench b{{.ring = 64}};
    b.started();
    for (int round = 0; round < 10; ++round) {
        const unsigned n = b.owned();
        for (unsigned i = 0; i < n; ++i)
            b.whole(make_frame(64, i));
        REQUIRE(b.burst(512) == n);
        b.application.clear();
    }
}

TEST_CASE("buffers are posted in blocks, one doorbell for all", "[path][rx]")
{
    bench b{{.ring = 64, .refill_at = 8}};
    b.started();
    // 63 is posted last; the block at the end of the ring is the single slot 63.
    b.whole(make_frame(60, 0));
    CHECK(b.burst() == 1);
    CHECK(b.tail == 0);
    for (unsigned n = 0; n < 7; ++n)
        b.whole(make_frame(60, n));
    CHECK(b.burst() == 7);
    CHECK(b.tail == 0); // seven empty slots do not make a block
    b.whole(make_frame(60, 0));
    CHECK(b.burst() == 1);
    CHECK(b.tail == 8);
    for (unsigned n = 0; n < 20; ++n)
        b.whole(make_frame(60, n));
    CHECK(b.burst() == 20);
    CHECK(b.tail == 24); // two blocks
}

TEST_CASE("never are all slots posted, whatever the block", "[path][rx]")
{
    for (const std::uint16_t block : sizes({1, 2, 7, 16, 31, 39})) {
        bench b{{.ring = 40, .refill_at = block}};
        b.started();
        for (unsigned n = 0; n < 200; ++n) {
            if (b.owned() != 0)
                b.whole(make_frame(60, n));
            b.burst();
            REQUIRE(b.q.posted <= 39);
            REQUIRE(b.owned() == b.q.posted);
            b.application.clear();
        }
    }
}

TEST_CASE("a ring whose block is all but one slot goes on for ever", "[path][rx]")
{
    bench b{{.ring = 32, .refill_at = 31}};
    b.started();
    for (unsigned n = 0; n < 1000; ++n) {
        REQUIRE(b.owned() != 0);
        b.whole(make_frame(60, n));
        REQUIRE(b.received() == make_frame(60, n));
    }
}

TEST_CASE("an empty pool is counted, and the queue recovers when mbufs come back", "[path][rx]")
{
    bench b{{.ring = 64, .refill_at = 8, .spare = 0}};
    b.started();
    for (unsigned n = 0; n < 40; ++n)
        b.whole(make_frame(60, n));
    CHECK(b.burst(512) == 40); // the application keeps them
    CHECK(b.q.posted == 23);
    CHECK(b.q.no_buffer > 0);
    for (unsigned n = 0; n < 23; ++n)
        b.whole(make_frame(60, n));
    CHECK(b.burst(512) == 23);
    CHECK(b.q.posted == 0);
    CHECK(b.burst() == 0);

    b.application.clear();
    CHECK(b.burst() == 0);
    CHECK(b.q.posted > 63 - 8); // as many whole blocks as fit
    b.whole(make_frame(60, 99));
    CHECK(b.received() == make_frame(60, 99));
}

// --- frames of the right and the wrong length
// -------------------------------------------------------

TEST_CASE("the MTU is kept to the byte, VLAN tags not counted", "[path][rx]")
{
    for (const auto layout : {frame_layout::whole, frame_layout::scattered}) {
        bench b{{.frame_max = 1514, .layout = layout}};
        b.started();
        const auto arrives = [&](const frame_bytes &f) {
            const std::uint64_t before = b.q.oversize;
            b.whole(f);
            const bool came = b.burst() == 1;
            REQUIRE(b.q.oversize == before + !came);
            REQUIRE(b.q.invalid == 0);
            if (came)
                REQUIRE(bytes_in(b.application.back().get()) == f);
            b.application.clear();
            return came;
        };
        CAPTURE(static_cast<int>(layout));
        CHECK(arrives(make_frame(1514, 1)));
        CHECK_FALSE(arrives(make_frame(1515, 1)));
        CHECK(arrives(tagged({vlan}, 1518)));
        CHECK_FALSE(arrives(tagged({vlan}, 1519)));
        CHECK(arrives(tagged({qinq}, 1518)));
        CHECK(arrives(tagged({qinq, vlan}, 1522)));
        CHECK_FALSE(arrives(tagged({qinq, vlan}, 1523)));
        CHECK_FALSE(arrives(tagged({qinq, vlan, vlan}, 1526))); // two tags at most
        CHECK_FALSE(arrives(make_frame(1518, 1)));
    }
}

TEST_CASE("the tags are looked for in the frame, not where an mbuf's last user had its data",
          "[path][rx]")
{
    for (const std::uint16_t left_at : sizes({0, 64, 200})) {
        bench b{{.frame_max = 1514}};
        b.pool.set_data_off(left_at);
        b.started();
        CAPTURE(left_at);
        b.whole(tagged({vlan}, 1518));
        CHECK(b.burst() == 1);
    }
}

TEST_CASE("a small MTU is kept, too", "[path][rx]")
{
    bench b{{.frame_max = 82}}; // MTU 68
    b.started();
    b.whole(make_frame(82, 1));
    b.whole(make_frame(83, 1));
    CHECK(b.burst() == 1);
    CHECK(b.q.oversize == 1);
}

TEST_CASE("a frame of one byte is a frame", "[path][rx]")
{
    bench b{{}};
    b.started();
    b.whole(make_frame(1, 9));
    CHECK(b.received() == make_frame(1, 9));
}

// --- a device that lies
// -----------------------------------------------------------------------------

TEST_CASE("a length of zero or beyond the buffer is dropped and counted", "[path][rx]")
{
    for (const auto layout : {frame_layout::whole, frame_layout::scattered})
        for (const std::uint16_t length : sizes({0, 2049, 9000, 65535})) {
            bench b{{.frame_max = 9014, .buffer = 2048, .layout = layout}};
            b.started();
            CAPTURE(static_cast<int>(layout), length);
            b.piece(make_frame(60, 1), length, DD | EOP);
            CHECK(b.burst() == 0);
            CHECK(b.q.invalid == 1);
            CHECK(b.q.oversize == 0);
            b.whole(make_frame(60, 2)); // and the next one is fine
            CHECK(b.received() == make_frame(60, 2));
        }
}

TEST_CASE("each error of the frame drops it", "[path][rx]")
{
    for (const auto layout : {frame_layout::whole, frame_layout::scattered})
        for (const std::uint32_t error : {CE, SE, SEQ, CXE, RXE}) {
            bench b{{.layout = layout}};
            b.started();
            CAPTURE(static_cast<int>(layout), error);
            b.whole(make_frame(60, 1), error);
            CHECK(b.burst() == 0);
            CHECK(b.q.invalid == 1);
            b.whole(make_frame(60, 2));
            CHECK(b.received() == make_frame(60, 2));
        }
}

TEST_CASE("a descriptor that is done is believed only where it was posted", "[path][rx]")
{
    bench b{{.ring = 64, .spare = 0}};
    b.started();
    for (unsigned at = 0; at < 64; ++at) // also slot 63, never posted
        b.write_back(at, 60, DD | EOP);
    CHECK(b.burst(512) == 63);
    CHECK(b.q.posted == 0);
    for (unsigned at = 0; at < 64; ++at)
        b.write_back(at, 60, DD | EOP);
    CHECK(b.burst(512) == 0); // no buffer is posted, none can be done
}

TEST_CASE("a device that finishes everything at once cannot hold a burst for ever", "[path][rx]")
{
    bench b{{.ring = 32, .refill_at = 1}};
    b.started();
    for (int round = 0; round < 10; ++round) {
        for (unsigned at = 0; at < 32; ++at)
            b.write_back(at, 60, DD | EOP);
        CHECK(b.burst(512) <= 31);
        b.application.clear();
    }
}

TEST_CASE("slots behind the posted ones do not look finished after a restart", "[path][rx]")
{
    bench b{{.ring = 64}};
    b.started();
    for (unsigned at = 0; at < 64; ++at)
        b.write_back(at, 60, DD | EOP);
    reap(b.q);
    b.head = 0;
    b.started();
    CHECK(b.burst(512) == 0);
    CHECK(b.q.posted == 63);
}

TEST_CASE("without scatter a frame in pieces is dropped to its end, as one", "[path][rx]")
{
    bench b{{.frame_max = 1514, .buffer = 1024}};
    b.started();
    b.in_pieces(make_frame(1500, 1), 1024);
    b.in_pieces(make_frame(4000, 2), 1024);
    b.whole(make_frame(60, 3));
    CHECK(b.received() == make_frame(60, 3));
    CHECK(b.q.oversize == 2);
    CHECK(b.q.invalid == 0);
}

TEST_CASE("without scatter pieces with no end cost nothing", "[path][rx]")
{
    bench b{{.ring = 64}};
    b.started();
    for (unsigned n = 0; n < 1000; ++n) {
        b.piece(make_frame(60, n), 60, DD);
        REQUIRE(b.burst() == 0);
        REQUIRE(b.pool.in_use() == b.q.posted);
    }
}

// --- frames in pieces
// -------------------------------------------------------------------------------

TEST_CASE("frames of 2 to 40 pieces arrive whole", "[path][rx]")
{
    bench b{{.ring = 128,
             .frame_max = 10240,
             .buffer = 256,
             .layout = frame_layout::scattered,
             .spare = 256}};
    b.started();
    for (unsigned pieces = 2; pieces <= 40; ++pieces) {
        for (const unsigned last : {1u, 100u, 256u}) {
            const frame_bytes sent = make_frame((pieces - 1) * 256 + last, pieces);
            b.in_pieces(sent, 256);
            CAPTURE(pieces, last);
            REQUIRE(b.burst() == 1);
            const rte_mbuf *m = b.application.back().get();
            CHECK(m->nb_segs == pieces);
            CHECK(m->pkt_len == sent.size());
            CHECK((bytes_in(m) == sent));
            const char *why = nullptr;
            CHECK(rte_mbuf_check(m, 1, &why) == 0);
            b.application.clear();
        }
    }
    CHECK(b.q.invalid + b.q.oversize == 0);
}

TEST_CASE("a frame in pieces may end in a later burst", "[path][rx]")
{
    bench b{scattered};
    b.started();
    const frame_bytes sent = make_frame(1000, 5);
    for (std::size_t at = 0; at < 1000; at += 256) {
        const std::size_t n = std::min<std::size_t>(256, 1000 - at);
        const auto from = sent.begin() + static_cast<std::ptrdiff_t>(at);
        b.piece({from, from + static_cast<std::ptrdiff_t>(n)}, static_cast<std::uint16_t>(n),
                at + n == 1000 ? DD | EOP : DD);
        CHECK(b.burst() == (at + n == 1000 ? 1 : 0));
    }
    CHECK((bytes_in(b.application.back().get()) == sent));
}

TEST_CASE("whole frames and frames in pieces keep their order", "[path][rx]")
{
    bench b{scattered};
    b.started();
    b.whole(make_frame(60, 1));
    b.in_pieces(make_frame(600, 2), 256);
    b.whole(make_frame(256, 3));
    b.in_pieces(make_frame(257, 4), 256);
    REQUIRE(b.burst() == 4);
    CHECK((bytes_in(b.application[0].get()) == make_frame(60, 1)));
    CHECK((bytes_in(b.application[1].get()) == make_frame(600, 2)));
    CHECK((bytes_in(b.application[2].get()) == make_frame(256, 3)));
    CHECK((bytes_in(b.application[3].get()) == make_frame(257, 4)));
}

TEST_CASE("the MTU is kept to the byte for frames in pieces", "[path][rx]")
{
    bench b{{.ring = 64, .frame_max = 1514, .buffer = 256, .layout = frame_layout::scattered}};
    b.started();
    const auto arrives = [&](const frame_bytes &f) {
        b.in_pieces(f, 256);
        const bool came = b.burst() == 1;
        b.application.clear();
        return came;
    };
    CHECK(arrives(make_frame(1514, 1)));
    CHECK_FALSE(arrives(make_frame(1515, 1)));
    CHECK(arrives(tagged({vlan}, 1518)));
    CHECK_FALSE(arrives(tagged({vlan}, 1519)));
    CHECK(arrives(tagged({qinq, vlan}, 1522)));
    CHECK_FALSE(arrives(tagged({qinq, vlan}, 1523)));
    CHECK(b.q.oversize == 3);
    CHECK(b.q.invalid == 0);
}

TEST_CASE("a damaged piece drops the whole frame, counted once", "[path][rx]")
{
    struct {
        const char *what;
        std::uint16_t length;
        std::uint32_t error;
    } const damage[] = {{"error", 256, RXE}, {"empty", 0, 0}, {"beyond", 257, 0}};
    for (const auto &d : damage)
        for (unsigned where = 0; where < 4; ++where) {
            bench b{scattered};
            b.started();
            CAPTURE(d.what, where);
            for (unsigned i = 0; i < 4; ++i) {
                const bool here = i == where;
                b.piece(make_frame(256, i), here ? d.length : std::uint16_t{256},
                        DD | (i == 3 ? EOP : 0) | (here ? d.error : 0));
            }
            b.whole(make_frame(60, 9));
            CHECK(b.received() == make_frame(60, 9));
            CHECK(b.q.invalid == 1);
            CHECK(b.q.oversize == 0);
        }
}

TEST_CASE("a chain without end is dropped at the MTU, and to its end", "[path][rx]")
{
    bench b{scattered};
    b.started();
    unsigned most = 0;
    for (unsigned n = 0; n < 1000; ++n) {
        b.piece(make_frame(256, n), 256, DD);
        REQUIRE(b.burst() == 0);
        most = std::max(most, b.pool.in_use() - b.q.posted);
    }
    CHECK(most <= 9022 / 256 + 1);
    CHECK(b.q.oversize == 1);
    CHECK(b.pool.in_use() == b.q.posted); // nothing of it is kept

    b.piece(make_frame(60, 1), 60, DD | EOP);
    CHECK(b.burst() == 0); // its end
    b.whole(make_frame(60, 2));
    CHECK(b.received() == make_frame(60, 2));
    CHECK(b.q.oversize == 1);
}

TEST_CASE("the octets of frames that are too long are counted, of damaged ones not", "[path][rx]")
{
    SECTION("in one buffer")
    {
        bench b{{.frame_max = 1514}};
        b.started();
        b.whole(make_frame(1515, 1));
        CHECK(b.burst() == 0);
        CHECK(b.q.oversize_octets == 1515);
    }
    SECTION("in pieces, without scatter")
    {
        bench b{{.frame_max = 1514, .buffer = 1024}};
        b.started();
        b.in_pieces(make_frame(4000, 1), 1024);
        CHECK(b.burst() == 0);
        CHECK(b.q.oversize_octets == 4000);
    }
    for (const std::size_t length : sizes({1515, 4000})) {
        bench b{{.frame_max = 1514, .buffer = 256, .layout = frame_layout::scattered}};
        b.started();
        b.in_pieces(make_frame(length, 1), 256);
        CHECK(b.burst() == 0);
        CHECK(b.q.oversize_octets == length);
    }
    SECTION("damaged")
    {
        bench b{scattered};
        b.started();
        for (unsigned i = 0; i < 4; ++i)
            b.piece(make_frame(256, i), 256, DD | (i == 1 ? RXE : 0) | (i == 3 ? EOP : 0));
        CHECK(b.burst() == 0);
        CHECK(b.q.invalid == 1);
        CHECK(b.q.oversize_octets == 0);
    }
}

// hardware.md §5.1: segments are capped at ceil(max_frame / buffer), whatever the device says.
TEST_CASE("a chain of tiny pieces without end holds no more mbufs than a frame may have",
          "[path][rx]")
{
    bench b{scattered};
    b.started();
    unsigned most = 0;
    for (unsigned n = 0; n < 300 && b.owned() != 0; ++n) {
        b.piece(make_frame(1, n), 1, DD);
        REQUIRE(b.burst() == 0);
        most = std::max(most, b.pool.in_use() - b.q.posted);
    }
    CHECK(most <= 9022 / 256 + 1);
    CHECK(b.owned() != 0); // the queue still receives
}

TEST_CASE("a frame under way is given back by reap", "[path][rx]")
{
    bench b{scattered};
    b.started();
    b.piece(make_frame(256, 1), 256, DD);
    CHECK(b.burst() == 0);
    CHECK(b.q.chain_head != nullptr);
    reap(b.q);
    CHECK(b.pool.whole());
    reap(b.q); // again: nothing
    CHECK(b.pool.whole());
}

TEST_CASE("a restart forgets a frame that was doomed", "[path][rx]")
{
    for (const auto layout : {frame_layout::whole, frame_layout::scattered}) {
        bench b{{.frame_max = 1514, .buffer = 1024, .layout = layout}};
        b.started();
        b.piece(make_frame(60, 1), 0, DD); // dooms what follows
        CHECK(b.burst() == 0);
        reap(b.q);
        b.head = 0;
        b.started();
        b.whole(make_frame(60, 2));
        CHECK(b.received() == make_frame(60, 2));
    }
}

// --- a NIC that was reset
// ---------------------------------------------------------------------------

TEST_CASE("repost gives the same buffers to a NIC that begins at slot 0", "[path][rx]")
{
    for (unsigned used = 0; used < 70; ++used) {
        bench b{{.ring = 64, .refill_at = 8}};
        b.started();
        for (unsigned n = 0; n < used; ++n) {
            b.whole(make_frame(60, n));
            b.burst();
            b.application.clear();
        }
        const unsigned posted = b.q.posted, in_use = b.pool.in_use();
        CAPTURE(used);
        repost(b.q);
        b.head = 0;
        b.q.tail.ring(b.q.refill.slot());
        REQUIRE(b.q.posted == posted);
        REQUIRE(b.pool.in_use() == in_use);
        REQUIRE(b.consistent());
        CHECK(b.burst() == 0); // nothing looks finished
        for (unsigned n = 0; n < 100; ++n) {
            b.whole(make_frame(61, n));
            REQUIRE(b.received() == make_frame(61, n));
        }
    }
}

TEST_CASE("repost drops a frame under way", "[path][rx]")
{
    bench b{scattered};
    b.started();
    b.piece(make_frame(256, 1), 256, DD);
    CHECK(b.burst() == 0);
    repost(b.q);
    b.head = 0;
    b.q.tail.ring(b.q.refill.slot());
    CHECK(b.pool.in_use() == b.q.posted);
    b.whole(make_frame(60, 2));
    CHECK(b.received() == make_frame(60, 2));
}

// --- the gate
// ---------------------------------------------------------------------------------------

TEST_CASE("a receive burst that may not pass says why and touches nothing", "[path][rx]")
{
    struct {
        gate::word why;
        int error;
    } const table[] = {{gate::word::paused, ENETDOWN},
                       {gate::word::resetting, EAGAIN},
                       {gate::word::removed, EIO},
                       {gate::word::shut_down, ESHUTDOWN}};
    for (const auto fence : {burst_fence::light, burst_fence::full})
        for (const auto &t : table) {
            bench b{{}};
            b.started();
            b.whole(make_frame(60, 1));
            b.q.gate.close(t.why);
            rte_mbuf *got[4];
            rte_errno = 0;
            CHECK(receive_burst(frame_layout::whole, fence)(&b.q, got, 4) == 0);
            CHECK(rte_errno == t.error);
            CHECK(b.q.posted == 63);
        }
    rte_mbuf *got[4];
    CHECK(receive_burst(frame_layout::scattered, burst_fence::light)(nullptr, got, 4) == 0);
    CHECK(rte_errno == EINVAL);
}

TEST_CASE("a receive burst leaves the gate behind it", "[path][rx]")
{
    bench b{{}};
    b.started();
    b.whole(make_frame(60, 1));
    CHECK(b.burst() == 1);
    CHECK(b.q.gate.drained());
}

// --- everything at once
// -----------------------------------------------------------------------------

namespace {

/// One frame as the device tells of it.
struct told {
    struct piece {
        frame_bytes data;
        std::uint16_t length;
        std::uint32_t errors;
    };
    std::vector<piece> pieces;
};

/// What must become of it, judged frame by frame.
enum class fate { arrives, invalid, oversize };

fate judge(const shape &s, const told &frame)
{
    if (s.layout == frame_layout::whole && frame.pieces.size() > 1)
        return fate::oversize;
    std::size_t bytes = 0;
    for (const told::piece &p : frame.pieces) {
        if (p.errors != 0 || p.length == 0 || p.length > s.buffer)
            return fate::invalid;
        bytes += p.length;
        if (s.layout == frame_layout::scattered && bytes > s.frame_max + 8u)
            return fate::oversize;
    }
    std::size_t allowed = s.frame_max;
    const frame_bytes &first = frame.pieces.front().data;
    for (std::size_t at = 12; at <= 16; at += 4) {
        const unsigned type = at + 1 < first.size() ? unsigned{first[at]} << 8 | first[at + 1] : 0u;
        if (bytes <= allowed || (type != vlan && type != qinq))
            break;
        allowed += 4;
    }
    return bytes <= allowed ? fate::arrives : fate::oversize;
}

/// Plays `steps` random steps and compares with the judge's expectations.
void play(const shape &s, unsigned steps, unsigned seed)
{
    bench b{s};
    b.started();
    std::mt19937 generator{seed};
    const auto dice = [&] { return static_cast<unsigned>(generator()); };
    const auto below = [&](unsigned n) { return dice() % n; };

    std::deque<frame_bytes> expected;
    std::uint64_t invalid = 0, oversize = 0, arrived = 0;

    const auto new_frame = [&] {
        told f;
        frame_bytes bytes;
        switch (below(8)) {
        case 0: // about the MTU
            bytes = make_frame(s.frame_max - 2u + below(5), dice());
            break;
        case 1:
            bytes = tagged({vlan}, s.frame_max + 2u + below(5), dice());
            break;
        case 2:
            bytes = tagged({qinq, vlan}, s.frame_max + 6u + below(5), dice());
            break;
        default:
            bytes = make_frame(1 + below(s.frame_max), dice());
        }
        for (std::size_t at = 0; at < bytes.size(); at += s.buffer) {
            const std::size_t n = std::min<std::size_t>(s.buffer, bytes.size() - at);
            const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
            f.pieces.push_back(
                {{from, from + static_cast<std::ptrdiff_t>(n)}, static_cast<std::uint16_t>(n), 0});
        }
        if (below(16) == 0) { // the device lies, or the wire did
            told::piece &p = f.pieces[below(static_cast<unsigned>(f.pieces.size()))];
            constexpr std::uint32_t errors[] = {CE, SE, SEQ, CXE, RXE};
            switch (below(3)) {
            case 0:
                p.length = 0;
                break;
            case 1:
                p.length = static_cast<std::uint16_t>(s.buffer + 1 + below(1000));
                break;
            default:
                p.errors = errors[below(5)];
            }
        }
        return f;
    };

    for (unsigned step = 0; step < steps; ++step) {
        switch (below(4)) {
        case 0:
        case 1: {
            const told f = new_frame();
            if (f.pieces.size() > b.owned())
                break;
            for (std::size_t i = 0; i < f.pieces.size(); ++i)
                b.piece(f.pieces[i].data, f.pieces[i].length,
                        DD | f.pieces[i].errors | (i + 1 == f.pieces.size() ? EOP : 0));
            switch (judge(s, f)) {
            case fate::arrives: {
                frame_bytes all;
                for (const told::piece &p : f.pieces)
                    all.insert(all.end(), p.data.begin(), p.data.end());
                expected.push_back(all);
                break;
            }
            case fate::invalid:
                ++invalid;
                break;
            case fate::oversize:
                ++oversize;
            }
            break;
        }
        case 2: {
            const std::size_t before = b.application.size();
            b.burst(static_cast<std::uint16_t>(below(33)));
            for (std::size_t i = before; i < b.application.size(); ++i) {
                REQUIRE_FALSE(expected.empty());
                REQUIRE((bytes_in(b.application[i].get()) == expected.front()));
                expected.pop_front();
                ++arrived;
            }
            break;
        }
        default: // the application frees some of what it has, or hoards
            if (b.application.size() > 40 || below(4) == 0)
                b.application.resize(below(static_cast<unsigned>(b.application.size()) + 1));
        }
    }
    for (int round = 0; round < 200; ++round) { // and now it all comes out
        b.application.clear();
        b.burst(512);
        for (const auto &m : b.application) {
            REQUIRE_FALSE(expected.empty());
            REQUIRE((bytes_in(m.get()) == expected.front()));
            expected.pop_front();
        }
    }
    CHECK(expected.empty());
    CHECK(b.q.invalid == invalid);
    CHECK(b.q.oversize == oversize);
    CHECK(arrived > steps / 20); // it was no idle game
    CHECK(invalid > 0);
    CHECK(oversize > 0);
}

} // namespace

TEST_CASE("20 000 random steps, frames in one buffer", "[path][rx]")
{
    play({.ring = 64, .refill_at = 8, .frame_max = 1514, .buffer = 2048}, 20'000, 1);
    // Two tags make the longest frames two pieces here, and those do not pass.
    play({.ring = 40, .refill_at = 32, .frame_max = 1020, .buffer = 1024, .spare = 8}, 20'000, 2);
}

TEST_CASE("20 000 random steps, frames in many buffers", "[path][rx]")
{
    shape s = scattered;
    play(s, 20'000, 3);
    s.frame_max = 1514;
    s.spare = 40;
    play(s, 20'000, 4);
}
