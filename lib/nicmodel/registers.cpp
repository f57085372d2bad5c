// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/registers.hpp"

#include <iterator>

namespace miniport::nicmodel {
namespace {

static_assert(std::size(register_table) < 255);

/// Offset → row + 1, 0 where nothing is. Built once, by the compiler.
constexpr auto rows = [] {
    std::array<u8, bar_bytes / 4> map{};
    for (std::size_t i = 0; i < std::size(register_table); ++i)
        for (u32 n = 0; n < register_table[i].count; ++n)
            map[(register_table[i].offset + n * register_table[i].stride) / 4] =
                static_cast<u8>(i + 1);
    return map;
}();

/// No two rows share an offset: otherwise fewer words are mapped than the rows count.
constexpr bool disjoint()
{
    std::size_t mapped = 0, counted = 0;
    for (const u8 row : rows)
        mapped += row != 0;
    for (const register_info &r : register_table)
        counted += r.count;
    return mapped == counted;
}
static_assert(disjoint());

} // namespace

const register_info *find_register(u32 offset) noexcept
{
    if (offset >= bar_bytes || offset % 4 != 0)
        return nullptr;
    const u8 row = rows[offset / 4];
    return row == 0 ? nullptr : &register_table[row - 1];
}

void register_store::reset() noexcept
{
    for (const register_info &r : register_table)
        for (u32 n = 0; n < r.count; ++n)
            (*this)[r.offset + n * r.stride] = r.reset;
}

} // namespace miniport::nicmodel
