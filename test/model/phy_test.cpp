// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "../unit/catch.hpp"
#include "rig.hpp"

using namespace rig;

namespace {

constexpr u32 mdic_read = 2u << 26, mdic_write = 1u << 26, ready = 1u << 28, error = 1u << 30;

u32 phy_read(nm::lab &l, port &p, u32 n, u32 address = 1)
{
    p.write(at::MDIC, mdic_read | n << 16 | address << 21);
    CHECK((p.read(at::MDIC) & ready) == 0);
    l.step(64'000);
    CHECK((p.read(at::MDIC) & ready) != 0);
    return p.read(at::MDIC);
}
void phy_write(nm::lab &l, port &p, u32 n, u32 v)
{
    p.write(at::MDIC, mdic_write | n << 16 | 1u << 21 | v);
    l.step(64'000);
}

} // namespace

TEST_CASE("phy: MDIC takes its time; another address is an error")
{
    pair p;
    p.a->set(at::EXTCNF_CTRL, 1u << 5);
    CHECK((phy_read(p.l, *p.a, 2) & 0xFFFF) == 0x0141);
    CHECK((phy_read(p.l, *p.a, 3) & 0xFFFF) == 0x0CB1);
    CHECK((phy_read(p.l, *p.a, 2, 2) & error) != 0);
    CHECK(p.a->device.counted().mdic_without_ownership == 0);
    p.a->clear(at::EXTCNF_CTRL, 1u << 5);
    CHECK((phy_read(p.l, *p.a, 1) & error) == 0);
    CHECK(p.a->device.counted().mdic_without_ownership == 1);
    phy_write(p.l, *p.a, 2, 0xFFFF); // read-only
    CHECK((phy_read(p.l, *p.a, 2) & 0xFFFF) == 0x0141);
}

TEST_CASE("phy: the best that both offer")
{
    struct row {
        u32 anar_a, gigabit_a, anar_b, gigabit_b, mbps_code;
        bool full, up;
    };
    const row rows[] = {
        {0x1E1, 0x200, 0x1E1, 0x200, 2, true, true},   // gigabit
        {0x1E1, 0x200, 0x1E1, 0x000, 1, true, true},   // one end without: 100 full
        {0x1E1, 0x000, 0x0A1, 0x200, 1, false, true},  // 100 half
        {0x061, 0x000, 0x1E1, 0x200, 0, true, true},   // 10 full
        {0x021, 0x000, 0x1E1, 0x200, 0, false, true},  // 10 half
        {0x101, 0x000, 0x021, 0x000, 0, false, false}, // nothing in common
    };
    for (const row &r : rows) {
        pair p;
        phy_write(p.l, *p.a, 4, r.anar_a);
        phy_write(p.l, *p.a, 9, r.gigabit_a);
        phy_write(p.l, *p.b, 4, r.anar_b);
        phy_write(p.l, *p.b, 9, r.gigabit_b);
        phy_write(p.l, *p.a, 0, 0x1200); // restart
        CHECK((p.a->read(at::STATUS) & 2) == 0);
        CHECK((p.b->read(at::STATUS) & 2) == 0); // both ends begin anew
        p.l.step(1'100'000);
        for (port *x : {p.a.get(), p.b.get()}) {
            const u32 s = x->read(at::STATUS);
            CHECK(((s & 2) != 0) == r.up);
            if (r.up) {
                CHECK((s >> 6 & 3) == r.mbps_code);
                CHECK((s & 1) == r.full);
            }
        }
    }
}

TEST_CASE("phy: forced ends")
{
    pair p;
    phy_write(p.l, *p.a, 0, 0x2100); // 100 full, no negotiation
    p.l.step(1'100'000);
    CHECK((p.a->read(at::STATUS) & 0xC3) == 0x43);
    CHECK((p.b->read(at::STATUS) & 0xC3) == 0x42); // parallel detection: half duplex
    phy_write(p.l, *p.b, 0, 0x0100);               // 10 against 100
    p.l.step(1'100'000);
    CHECK((p.b->read(at::STATUS) & 2) == 0);
    p.a->set(at::CTRL, 1u << 11 | 1u << 12); // MAC forced: reports what CTRL says
    phy_write(p.l, *p.b, 0, 0x2100);
    p.l.step(1'100'000);
    CHECK((p.a->read(at::STATUS) & 0xC3) == 0x83);
}

TEST_CASE("phy: link loss is latched low, LSC is raised, power down takes the partner's link")
{
    pair p;
    static_cast<void>(p.b->read(at::ICR));
    CHECK((phy_read(p.l, *p.b, 1) & 0x24) != 0);
    static_cast<void>(phy_read(p.l, *p.b, 1));
    CHECK((phy_read(p.l, *p.b, 1) & 0x24) == 0x24);
    phy_write(p.l, *p.a, 0, 0x1940); // power down
    CHECK((p.a->read(at::STATUS) & 2) == 0);
    CHECK((p.b->read(at::STATUS) & 2) == 0);
    CHECK((p.b->read(at::ICR) & 4) != 0);
    CHECK((phy_read(p.l, *p.b, 1) & 4) == 0);
    phy_write(p.l, *p.a, 0, 0x1140);
    p.l.step(1'100'000);
    CHECK((p.b->read(at::STATUS) & 2) != 0);
    CHECK((phy_read(p.l, *p.b, 1) & 4) == 0); // told once
    CHECK((phy_read(p.l, *p.b, 1) & 4) != 0);
    CHECK((phy_read(p.l, *p.b, 5) & 0x4000) != 0);
    CHECK((phy_read(p.l, *p.b, 10) & 0x800) != 0);
}

TEST_CASE("phy: no cable, no link; SLU off, no link; PHY_RST begins anew")
{
    nm::lab l;
    port p{l, with_mac(1)};
    p.set(at::CTRL, 1u << 6);
    l.step(10'000'000'000);
    CHECK((p.read(at::STATUS) & 2) == 0);
    l.connect_to_itself(p.device);
    l.step(2'400'000'000);
    CHECK((p.read(at::STATUS) & 2) == 0);
    l.step(200'000'000);
    CHECK((p.read(at::STATUS) & 2) != 0);
    p.clear(at::CTRL, 1u << 6);
    CHECK((p.read(at::STATUS) & 2) == 0);
    p.set(at::CTRL, 1u << 6);
    CHECK((p.read(at::STATUS) & 2) != 0);
    p.set(at::CTRL, 1u << 31);
    CHECK((p.read(at::STATUS) & 2) == 0);
    CHECK((p.read(at::STATUS) & 1u << 10) != 0); // PHYRA
}
