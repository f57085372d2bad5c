// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "../unit/catch.hpp"
#include "nicmodel/checksum.hpp"
#include "nicmodel/frame_queue.hpp"
#include "nicmodel/segment.hpp"

using namespace miniport::nicmodel;

TEST_CASE("checksum: frame check sequence and one's complement sum")
{
    const u8 check[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
    CHECK(crc32(check, 9) == 0xCBF43926); // the CRC's published check value
    CHECK(crc32(check, 0) == 0);

    const u8 rfc1071[] = {0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7};
    CHECK(fold(ones_sum(rfc1071, 8)) == 0xDDF2);                            // RFC 1071 §3
    CHECK(fold(ones_sum(rfc1071, 7)) == fold(0xDDF2u + 0xFFFFu - 0x00F7u)); // odd: padded with 0
    CHECK(fold(ones_sum(rfc1071 + 4, 4, ones_sum(rfc1071, 4))) == 0xDDF2);
    CHECK(fold(0x1FFFE) == 0xFFFF);
}

namespace {
constexpr std::array<u8, 40> microsoft_key{
    0x6D, 0x5A, 0x56, 0xDA, 0x25, 0x5B, 0x0E, 0xC2, 0x41, 0x67, 0x25, 0x3D, 0x43, 0xA3,
    0x8F, 0xB0, 0xD0, 0xCA, 0x2B, 0xCB, 0xAE, 0x7B, 0x30, 0xB4, 0x77, 0xCB, 0x2D, 0xA3,
    0x80, 0x30, 0xF2, 0x0C, 0x6A, 0x42, 0xB7, 0x3B, 0xBE, 0xAC, 0x01, 0xFA};

struct vector4 {
    u8 destination[4];
    u32 destination_port;
    u8 source[4];
    u32 source_port;
    u32 ip, tcp;
};
struct vector6 {
    u32 destination[4];
    u32 destination_port;
    u32 source[4];
    u32 source_port;
    u32 ip, tcp;
};
} // namespace

TEST_CASE("toeplitz: Microsoft's vectors (Verifying the RSS hash calculation)")
{
    toeplitz t;
    t.key(microsoft_key);
    const vector4 v4[] = {
        {{161, 142, 100, 80}, 1766, {66, 9, 149, 187}, 2794, 0x323E8FC2, 0x51CCC178},
        {{65, 69, 140, 83}, 4739, {199, 92, 111, 2}, 14230, 0xD718262A, 0xC626B0EA},
        {{12, 22, 207, 184}, 38024, {24, 19, 198, 95}, 12898, 0xD2D0A5DE, 0x5C2B394A},
        {{209, 142, 163, 6}, 2217, {38, 27, 205, 30}, 48228, 0x82989176, 0xAFC7327F},
        {{202, 188, 127, 2}, 1303, {153, 39, 163, 191}, 44251, 0x5D1809C5, 0x10E828A2},
    };
    for (const vector4 &v : v4) {
        u8 in[12];
        std::memcpy(in, v.source, 4);
        std::memcpy(in + 4, v.destination, 4);
        put_be16(in + 8, v.source_port);
        put_be16(in + 10, v.destination_port);
        CHECK(t.hash(in, 8) == v.ip);
        CHECK(t.hash(in, 12) == v.tcp);
    }
    const vector6 v6[] = {
        {{0x3FFE2501, 0x02000003, 0, 1},
         1766,
         {0x3FFE2501, 0x02001FFF, 0, 7},
         2794,
         0x2CC18CD5,
         0x40207D3D},
        {{0xFF020000, 0, 0, 1},
         4739,
         {0x3FFE0501, 0x00080000, 0x026097FF, 0xFE40EFAB},
         14230,
         0x0F0C461C,
         0xDDE51BBF},
        {{0xFE800000, 0, 0x0200F8FF, 0xFE2167CF},
         38024,
         {0x3FFE1900, 0x45450003, 0x0200F8FF, 0xFE2167CF},
         44251,
         0x4B61E985,
         0x02D1FEEF},
    };
    for (const vector6 &v : v6) {
        u8 in[36];
        for (u32 i = 0; i < 4; ++i) {
            put_be32(in + 4 * i, v.source[i]);
            put_be32(in + 16 + 4 * i, v.destination[i]);
        }
        put_be16(in + 32, v.source_port);
        put_be16(in + 34, v.destination_port);
        CHECK(t.hash(in, 32) == v.ip);
        CHECK(t.hash(in, 36) == v.tcp);
    }
}

TEST_CASE("frame queue: order and bounds, over many wraps")
{
    frame_queue<u32> q{1000, 8};
    randomness r{7};
    u32 in = 0, out = 0;
    for (int i = 0; i < 5000; ++i) {
        u8 data[300];
        const u32 n = 1 + static_cast<u32>(r.below(300));
        std::memset(data, static_cast<int>(in & 0xFF), n);
        if (r.below(2) == 0) {
            if (q.push({data, n, 0}, in))
                ++in;
        } else if (!q.empty()) {
            const frame f = q.front();
            REQUIRE(q.note() == out);
            bool same = true;
            for (u32 k = 0; k < f.length; ++k)
                same = same && f.data[k] == (out & 0xFF);
            REQUIRE(same);
            q.pop();
            ++out;
        }
        REQUIRE(q.bytes() <= 1000);
        REQUIRE(q.frames() == in - out);
    }
    CHECK(in > 1000);
    u8 big[1001] = {};
    q.clear();
    CHECK_FALSE(q.push({big, 1001, 0}, 0));
    CHECK(q.push({big, 1000, 0}, 0));
    CHECK_FALSE(q.push({big, 1, 0}, 0));
}

TEST_CASE("context descriptor: every field in its place")
{
    const transmit_context x =
        decode_context(0x0102'0304'0506'0708u, u64{0x1122} << 48 | u64{0x33} << 40 | 0x2345678u);
    CHECK(x.ipcss == 0x08);
    CHECK(x.ipcso == 0x07);
    CHECK(x.ipcse == 0x0506);
    CHECK(x.tucss == 0x04);
    CHECK(x.tucso == 0x03);
    CHECK(x.tucse == 0x0102);
    CHECK(x.payload == 0x45678);
    CHECK(x.ipv4);
    CHECK_FALSE(x.tcp);
    CHECK(x.header == 0x33);
    CHECK(x.mss == 0x1122);
}
