// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "../unit/catch.hpp"
#include "rig.hpp"

#include <algorithm>

using namespace rig;

namespace {

namespace cause = nm::cause;

/// What was told, in order.
struct message_log {
    std::vector<unsigned> vectors;
    nm::lab *l = nullptr;
    std::vector<u64> times;
    static void tell(void *self, unsigned vector)
    {
        auto &me = *static_cast<message_log *>(self);
        me.vectors.push_back(vector);
        me.times.push_back(me.l->now_ns());
    }
    [[nodiscard]] u32 of(unsigned v) const
    {
        return static_cast<u32>(std::count(vectors.begin(), vectors.end(), v));
    }
};

struct started : pair {
    explicit started(nm::interrupt_kind kind = nm::interrupt_kind::msi_x,
                     const nm::latencies &t = nm::latencies::immediate())
        : pair{t}
    {
        b->start_receive();
        a->start_transmit();
        told.l = &l;
        b->device.interrupts_to(kind, message_log::tell, &told);
        static_cast<void>(b->read(at::ICR));
    }
    void frame_arrives()
    {
        a->send(ether(mac_b, 1));
        settle(1000);
        b->take();
    }
    /// Vectors 0 RXQ0, 1 RXQ1, 2 TXQ0, 3 TXQ1, 4 OTHER.
    void five_vectors() { b->write(at::IVAR, 0x000CBA98); }
    message_log told;
};

} // namespace

TEST_CASE("interrupts: IMS sets, IMC clears, ICS raises, ICR tells and clears")
{
    started p{nm::interrupt_kind::pin};
    p.b->write(at::IMS, 0x15);
    p.b->write(at::IMS, 0x80);
    CHECK(p.b->read(at::IMS) == 0x95);
    p.b->write(at::IMC, 0x11);
    CHECK(p.b->read(at::IMS) == 0x84);
    CHECK(p.b->read(at::IMC) == 0);
    p.b->write(at::ICS, 0x04);
    CHECK(p.told.vectors.size() == 1);
    CHECK(p.b->device.interrupt_line());
    CHECK((p.b->read(at::ICR) & 0x80000004) == 0x80000004); // INT_ASSERTED
    CHECK_FALSE(p.b->device.interrupt_line());
    CHECK(p.b->read(at::ICR) == 0);
    p.b->write(at::ICS, 0x02); // masked
    CHECK(p.told.vectors.size() == 1);
    CHECK(p.b->read(at::ICR) == 0x02); // §3.9: not asserted, a read changes nothing
    CHECK(p.b->read(at::ICR) == 0x02);
    p.b->write(at::ICR, 0x02); // w1c
    CHECK(p.b->read(at::ICR) == 0);
    p.b->write(at::IMC, 0xFFFFFFFF);
    p.b->write(at::ICS, 0x10);
    CHECK(p.b->read(at::ICR) == 0x10); // nothing enabled: a read clears
    CHECK(p.b->read(at::ICR) == 0);
}

TEST_CASE("interrupts: a cause that waits interrupts when it is unmasked")
{
    started p{nm::interrupt_kind::msi};
    p.b->write(at::ICS, 0x04);
    CHECK(p.told.vectors.empty());
    p.b->write(at::IMS, 0x04);
    CHECK(p.told.vectors.size() == 1);
}

TEST_CASE("interrupts: IAM masks at the read of ICR with IAME")
{
    started p{nm::interrupt_kind::msi};
    p.b->set(at::CTRL_EXT, 1u << 27);
    p.b->write(at::IAM, 0x04);
    p.b->write(at::IMS, 0x06);
    p.b->write(at::ICS, 0x04);
    static_cast<void>(p.b->read(at::ICR));
    CHECK(p.b->read(at::IMS) == 0x02);
}

TEST_CASE("interrupts: MSI-X vectors by IVAR")
{
    started p;
    p.five_vectors();
    p.b->write(at::IMS, cause::RXQ0 | cause::TXQ0 | cause::OTHER | cause::LSC);
    p.b->write(at::EIAC, cause::RXQ0 | cause::TXQ0);
    p.frame_arrives();
    CHECK(p.told.vectors == std::vector<unsigned>{0});
    CHECK((p.b->read(at::ICS), p.b->device.messages(0)) == 1);
    p.frame_arrives();
    CHECK(p.told.of(0) == 2); // EIAC cleared the cause: the next one is new
    p.b->start_transmit();
    p.b->send(ether(mac_a, 1));
    p.settle(1000);
    CHECK(p.told.of(2) == 1);
    p.a->device.fault().set(nm::fault::link_down, 1);
    p.settle(1000);
    CHECK(p.told.of(4) == 1);
    const u32 icr = p.b->read(at::ICR);
    CHECK((icr & (cause::LSC | cause::OTHER)) == (cause::LSC | cause::OTHER));
    CHECK((icr & (cause::RXQ0 | cause::TXQ0)) == 0); // cleared by themselves
    p.b->write(at::IVAR, 0x00000000);                // invalid: goes nowhere
    p.a->device.fault().set(nm::fault::link_down, 0);
    p.settle(3'000'000);
    CHECK(p.told.of(4) == 1);
}

TEST_CASE("interrupts: EIAME masks a vector's causes until IMS is written")
{
    started p;
    p.five_vectors();
    p.b->set(at::CTRL_EXT, 1u << 24);
    p.b->write(at::IAM, cause::RXQ0);
    p.b->write(at::EIAC, cause::RXQ0);
    p.b->write(at::IMS, cause::RXQ0);
    p.frame_arrives();
    p.frame_arrives();
    CHECK(p.told.of(0) == 1);
    CHECK(p.b->read(at::IMS) == 0);
    p.b->write(at::IMS, cause::RXQ0); // the second frame's cause is still there
    CHECK(p.told.of(0) == 2);
}

TEST_CASE("interrupts: EITR spaces messages in model time")
{
    started p;
    p.five_vectors();
    p.b->write(at::EITR, 200); // 51.2 µs
    p.b->write(at::EIAC, cause::RXQ0);
    p.b->write(at::IMS, cause::RXQ0);
    for (int i = 0; i < 100; ++i) {
        p.frame_arrives(); // every µs
    }
    CHECK(p.told.of(0) == 2);
    p.l.step(100'000);
    CHECK(p.told.of(0) == 3); // what was held back
    for (std::size_t i = 1; i < p.told.times.size(); ++i)
        CHECK(p.told.times[i] - p.told.times[i - 1] == 51'200);
    CHECK(p.b->read(at::IAC) == 3);
}

TEST_CASE("interrupts: ITR for message and pin")
{
    started p{nm::interrupt_kind::msi};
    p.b->write(at::ITR, 1000); // 256 µs
    p.b->write(at::IMS, cause::RXT0);
    for (int i = 0; i < 100; ++i)
        p.frame_arrives();
    CHECK(p.told.vectors.size() == 1);
    p.l.step(300'000);
    CHECK(p.told.vectors.size() == 2);
}

TEST_CASE("interrupts: RDTR delays, RADV bounds the delay")
{
    started p{nm::interrupt_kind::msi};
    p.b->write(at::IMS, cause::RXT0);
    p.b->write(at::RDTR, 10);
    p.b->write(at::RADV, 50);
    for (int i = 0; i < 40; ++i)
        p.frame_arrives(); // every µs: the packet timer starts anew each time
    CHECK(p.told.vectors.empty());
    for (int i = 0; i < 15; ++i)
        p.frame_arrives();
    CHECK(p.told.vectors.size() == 1); // absolute: 51.2 µs after the first
    static_cast<void>(p.b->read(at::ICR));
    p.l.step(20'000);
    CHECK(p.told.vectors.size() == 2);
    CHECK(p.b->read(at::ICRXATC) == 1);
    CHECK(p.b->read(at::ICRXPTC) == 1);
    static_cast<void>(p.b->read(at::ICR));
    p.frame_arrives();
    p.b->write(at::RDTR, 10 | 1u << 31); // FPD: at once
    CHECK(p.told.vectors.size() == 3);
}

TEST_CASE("interrupts: TIDV delays descriptors with IDE")
{
    started p{nm::interrupt_kind::msi};
    message_log told;
    told.l = &p.l;
    p.a->device.interrupts_to(nm::interrupt_kind::msi, message_log::tell, &told);
    static_cast<void>(p.a->read(at::ICR));
    p.a->write(at::IMS, cause::TXDW);
    p.a->write(at::TIDV, 20);
    p.a->put_data(0, ether(mac_b, 1), port::eop | port::ifcs | port::rs | 1u << 31);
    p.a->flush();
    p.settle(15'000);
    CHECK(p.a->sent(0));
    CHECK(told.vectors.empty());
    p.settle(10'000);
    CHECK(told.vectors.size() == 1);
    static_cast<void>(p.a->read(at::ICR));
    p.a->send(ether(mac_b, 1)); // without IDE: at once
    p.settle(100);
    CHECK(told.vectors.size() == 2);
    CHECK((p.a->read(at::ICR) & (cause::TXDW | cause::TXQE)) == (cause::TXDW | cause::TXQE));
}

TEST_CASE("interrupts: small packets, pure acknowledgements")
{
    started p{nm::interrupt_kind::msi};
    p.b->write(at::RSRPD, 100);
    p.frame_arrives();
    CHECK((p.b->read(at::ICR) & (cause::SRPD | cause::ACK)) == cause::SRPD);
    bytes ack = ip_frame(4, 6, 0);
    ack[47] = 0x10;
    p.b->write(at::ICR, 0xFFFFFFFF);
    p.a->send(ack);
    p.settle(1000);
    CHECK((p.b->read(at::ICR) & cause::ACK) != 0);
}
