// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "../unit/catch.hpp"
#include "rig.hpp"

using namespace rig;

namespace {

using nm::fault;
using nm::lie;

struct started : pair {
    explicit started(const nm::latencies &t = nm::latencies::immediate()) : pair{t}
    {
        b->start_receive();
        a->start_transmit();
    }
    received through(u32 type = 0x88B5)
    {
        a->send(ether(mac_b, type));
        settle();
        return b->take();
    }
    nm::faults &fa() { return a->device.fault(); }
    nm::faults &fb() { return b->device.fault(); }
};

} // namespace

TEST_CASE("faults: every one has a name and a meaning, and can be set and ended")
{
    nm::faults f;
    for (std::size_t i = 0; i < nm::fault_count; ++i) {
        const auto which = static_cast<fault>(i);
        CHECK(std::string{nm::name_of(which)}.size() > 3);
        CHECK(std::string{nm::meaning_of(which)}.size() > 5);
        CHECK(f.none());
        f.set(which, 3);
        f.set(which, 4);
        CHECK_FALSE(f.none());
        CHECK(f[which] == 4);
        f.set(which, 0);
    }
    CHECK(f.none());
    f.set(fault::mdic_error, 2);
    CHECK(f.use(fault::mdic_error));
    CHECK(f.use(fault::mdic_error));
    CHECK_FALSE(f.use(fault::mdic_error));
    CHECK(f.none());
    f.set(fault::remove_at_access, 3);
    CHECK_FALSE(f.reached(fault::remove_at_access));
    CHECK_FALSE(f.reached(fault::remove_at_access));
    CHECK(f.reached(fault::remove_at_access));
    CHECK(f.none());
}

TEST_CASE("faults: removed reads all ones, does no DMA, and comes back as after power-on")
{
    started p;
    p.fb().set(fault::removed, 1);
    CHECK(p.b->read(at::STATUS) == 0xFFFFFFFF);
    CHECK(p.b->read(0x1234) == 0xFFFFFFFF);
    p.b->write(at::VET, 1);
    CHECK_FALSE(p.through().done);
    p.fb().set(fault::removed, 0);
    p.settle();
    CHECK(p.b->read(at::VET) == 0x8100);
    CHECK(p.b->read(at::RCTL) == 0);
    p.fb().set(fault::dead, 1);
    CHECK(p.b->read(at::VET) == 0);
    CHECK(p.b->read(at::STATUS) == 0);
}

TEST_CASE("faults: removed at the n-th access and at the n-th descriptor")
{
    started p;
    p.fb().set(fault::remove_at_access, 3);
    CHECK(p.b->read(at::VET) == 0x8100);
    CHECK(p.b->read(at::VET) == 0x8100);
    CHECK(p.b->read(at::VET) == 0xFFFFFFFF);
    p.fa().set(fault::remove_at_descriptor, 3);
    for (int i = 0; i < 5; ++i)
        p.a->send(ether(mac_b, 1));
    p.settle();
    CHECK(p.a->read(at::STATUS) == 0xFFFFFFFF);
    CHECK(p.a->device.counted().tx_frames <= 3);
}

TEST_CASE("faults: link down, and flapping")
{
    started p;
    p.fa().set(fault::link_down, 1);
    p.settle();
    CHECK((p.a->read(at::STATUS) & 2) == 0);
    CHECK((p.b->read(at::STATUS) & 2) == 0);
    p.fa().set(fault::link_down, 0);
    p.l.step(2'000'000);
    CHECK((p.b->read(at::STATUS) & 2) != 0);
    p.fa().set(fault::link_flap, 5'000'000);
    u32 changes = 0;
    bool up = true;
    for (int i = 0; i < 400; ++i) {
        p.l.step(100'000);
        const bool now = (p.b->read(at::STATUS) & 2) != 0;
        changes += now != up;
        up = now;
    }
    CHECK(changes >= 6);
    CHECK(changes <= 9);
    p.fa().set(fault::link_flap, 0);
    p.l.step(2'000'000);
    CHECK((p.b->read(at::STATUS) & 2) != 0);
}

TEST_CASE("faults: transmit hang and receive stall")
{
    started p;
    p.fa().set(fault::tx_hang, 1);
    CHECK_FALSE(p.through().done);
    CHECK(p.a->read(at::TDH) == 0);
    CHECK((p.a->read(at::STATUS) & 2) != 0);
    p.fa().set(fault::tx_hang, 0);
    p.settle();
    CHECK(p.b->take().done);
    p.fb().set(fault::rx_stall, 1);
    for (int i = 0; i < 40; ++i) {
        p.a->send(ether(mac_b, 1, 1000));
        p.settle();
    }
    CHECK(p.b->read(at::MPC) > 0);
    CHECK(p.b->read(at::RDH) == 1);
    p.fb().set(fault::rx_stall, 0);
    p.settle();
    CHECK(p.b->take().done);
}

TEST_CASE("faults: reset that never ends, auto read that never comes")
{
    started p;
    p.fa().set(fault::reset_never_ends, 1);
    p.a->set(at::CTRL, 1u << 26);
    p.l.step(1'000'000'000);
    CHECK((p.a->read(at::CTRL) & 1u << 26) != 0);
    p.fa().set(fault::reset_never_ends, 0);
    p.l.step(10'000'000);
    CHECK((p.a->read(at::CTRL) & 1u << 26) == 0);
    p.fa().set(fault::auto_read_never, 1);
    p.a->set(at::CTRL, 1u << 26);
    p.l.step(1'000'000'000);
    CHECK((p.a->read(at::CTRL) & 1u << 26) == 0);
    CHECK((p.a->read(at::EECD) & 0x200) == 0);
}

TEST_CASE("faults: NVM")
{
    started p;
    auto word = [&](u32 n) {
        p.a->write(at::EERD, 1 | n << 2);
        p.l.step(20'000);
        return p.a->read(at::EERD) >> 16;
    };
    auto sum = [&] {
        u32 s = 0;
        for (u32 i = 0; i < 64; ++i)
            s += word(i);
        return s & 0xFFFF;
    };
    CHECK(sum() == 0xBABA);
    p.fa().set(fault::nvm_checksum, 1);
    CHECK(sum() != 0xBABA);
    p.fa().set(fault::nvm_checksum, 0);
    p.fa().set(fault::nvm_mac, 1);
    CHECK(word(0) == 0);
    CHECK(sum() == 0xBABA);
    p.fa().set(fault::nvm_mac, 2);
    CHECK((word(0) & 1) == 1);
    CHECK(sum() == 0xBABA);
    p.fa().set(fault::nvm_mac, 3);
    CHECK(word(2) == 0xFFFF);
    p.fa().set(fault::nvm_mac, 0);
    p.fa().set(fault::eerd_never, 1);
    p.a->write(at::EERD, 1);
    p.l.step(1'000'000'000);
    CHECK((p.a->read(at::EERD) & 2) == 0);
}

TEST_CASE("faults: MDIC and semaphores")
{
    started p;
    const u32 read = 2u << 26 | 1u << 21 | 2u << 16;
    p.fa().set(fault::mdic_error, 1);
    p.a->write(at::MDIC, read);
    p.l.step(100'000);
    CHECK((p.a->read(at::MDIC) >> 28 & 5) == 5);
    p.a->write(at::MDIC, read);
    p.l.step(100'000);
    CHECK((p.a->read(at::MDIC) >> 28 & 5) == 1);
    p.fa().set(fault::mdic_never, 1);
    p.a->write(at::MDIC, read);
    p.l.step(1'000'000'000);
    CHECK((p.a->read(at::MDIC) >> 28 & 1) == 0);
    p.fa().set(fault::semaphore_stuck, 1);
    p.a->set(at::EXTCNF_CTRL, 1u << 5);
    CHECK((p.a->read(at::EXTCNF_CTRL) & 1u << 5) == 0);
    p.a->write(at::SWSM, 0);
    CHECK((p.a->read(at::SWSM) & 1) == 1);
    p.a->write(at::SWSM, 2);
    CHECK((p.a->read(at::SWSM) & 2) == 0);
}

TEST_CASE("faults: a master that never stops")
{
    started p;
    p.fa().set(fault::master_never_stops, 1);
    p.a->set(at::CTRL, 4);
    p.l.step(1'000'000'000);
    CHECK((p.a->read(at::STATUS) & 1u << 19) != 0);
}

TEST_CASE("faults: interrupts lost and interrupts from nowhere")
{
    started p;
    p.b->device.interrupts_to(nm::interrupt_kind::msi_x, nullptr, nullptr);
    p.b->write(at::IVAR, 0x000CBA98);
    p.b->write(at::EIAC, nm::cause::RXQ0);
    p.b->write(at::IMS, nm::cause::RXQ0);
    p.fb().set(fault::interrupt_lost, 2);
    for (int i = 0; i < 3; ++i)
        p.through();
    CHECK(p.b->device.messages(0) == 1);
    CHECK(p.b->device.counted().interrupts_lost == 2);
    p.fb().set(fault::interrupt_storm, 10'000);
    p.l.step(1'000'000);
    CHECK(p.b->device.messages(4) >= 99);
    CHECK(p.b->device.messages(4) <= 102);
    p.fb().set(fault::interrupt_storm, 0);
    p.l.step(1'000'000);
    CHECK(p.b->device.messages(4) <= 102);
}

TEST_CASE("faults: late and partial DMA")
{
    started p;
    p.fa().set(fault::dma_late, 50'000'000);
    p.a->send(ether(mac_b, 1));
    p.l.step(99'000'000);
    CHECK_FALSE(p.b->take().done);
    p.l.step(200'000'000);
    CHECK(p.a->sent(0));
    CHECK(p.b->take().done);
    p.fa().set(fault::dma_late, 0);
    p.fb().set(fault::dma_partial, 1);
    std::fill(p.b->rx_memory[0][1].begin(), p.b->rx_memory[0][1].end(), u8{0xEE});
    received r = p.through();
    CHECK(r.done);
    CHECK(r.length == 60);
    CHECK(r.data[29] == ether(mac_b, 0x88B5)[29]);
    CHECK(r.data[30] == 0xEE);
    CHECK(p.through().data == ether(mac_b, 0x88B5));
}

TEST_CASE("faults: a device that lies in its receive descriptors")
{
    started p;
    auto &f = p.fb();
    CHECK(f.tell({.what = lie::rx_length, .value = 0xFFFF, .skip = 1}));
    CHECK(p.through().length == 60);
    CHECK(p.through().length == 0xFFFF);
    CHECK(p.through().length == 60);
    f.tell({.what = lie::rx_status, .value = 0x80000000, .mask = 0x80000000});
    CHECK(p.through().status == 0x80000007);
    f.tell({.what = lie::rx_status, .value = 1, .mask = 3}); // DD without EOP
    CHECK((p.through().status & 3) == 1);
    f.tell({.what = lie::rx_mrq, .value = 0xFFFFFFFF});
    f.tell({.what = lie::rx_rss, .value = 0x12345678});
    f.tell({.what = lie::rx_vlan, .value = 0xABCD});
    const received r = p.through();
    CHECK(r.mrq == 0xFFFFFFFF);
    CHECK(r.rss == 0x12345678);
    CHECK(r.vlan == 0xABCD);
    f.tell({.what = lie::rx_length, .value = 1, .count = 2});
    CHECK(p.through().length == 1);
    CHECK(p.through().length == 1);
    CHECK(p.through().length == 60);
    CHECK_FALSE(f.lying());
    f.tell({.what = lie::rx_never_done, .value = 0});
    const u32 slot = p.b->rx_next[0];
    CHECK_FALSE(p.through().done);
    CHECK(p.b->rx_memory[0][slot][12] == 0x88); // the data is there
    CHECK(p.b->read(at::RDH) == slot + 1);
}

TEST_CASE("faults: a device that lies in its transmit descriptors")
{
    started p;
    p.fa().tell({.what = lie::tx_never_done, .value = 0});
    p.fa().tell({.what = lie::tx_spurious, .value = 5, .skip = 1});
    for (int i = 0; i < 10; ++i)
        p.a->tx_ring[0][static_cast<u32>(i)].high = 0;
    p.a->send(ether(mac_b, 1));
    p.settle();
    CHECK_FALSE(p.a->sent(0));
    CHECK(p.b->take().done);
    p.a->send(ether(mac_b, 1));
    p.settle();
    CHECK(p.a->sent(1));
    CHECK(p.a->sent(6)); // one that nobody posted
    CHECK_FALSE(p.a->sent(5));
}

TEST_CASE("faults: more lies than places are refused")
{
    nm::faults f;
    for (int i = 0; i < 32; ++i)
        CHECK(f.tell({.what = lie::rx_length, .value = 0}));
    CHECK_FALSE(f.tell({.what = lie::rx_length, .value = 0}));
}

TEST_CASE("faults: register answers")
{
    started p;
    p.fa().answer(at::STATUS, 0x12345678, 2);
    p.fa().answer(at::VET, 0, 1);
    CHECK(p.a->read(at::STATUS) == 0x12345678);
    CHECK(p.a->read(at::VET) == 0);
    CHECK(p.a->read(at::VET) == 0x8100);
    CHECK(p.a->read(at::STATUS) == 0x12345678);
    CHECK(p.a->read(at::STATUS) != 0x12345678);
}
