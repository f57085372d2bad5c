// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/faults.hpp"

namespace miniport::nicmodel {

const char *name_of(fault f) noexcept
{
    switch (f) {
#define MINIPORT_NICMODEL_FAULT(name, text)                                                        \
    case fault::name:                                                                              \
        return #name;
        MINIPORT_NICMODEL_FAULTS(MINIPORT_NICMODEL_FAULT)
#undef MINIPORT_NICMODEL_FAULT
    case fault::count_:
        break;
    }
    return "?";
}

const char *meaning_of(fault f) noexcept
{
    switch (f) {
#define MINIPORT_NICMODEL_FAULT(name, text)                                                        \
    case fault::name:                                                                              \
        return text;
        MINIPORT_NICMODEL_FAULTS(MINIPORT_NICMODEL_FAULT)
#undef MINIPORT_NICMODEL_FAULT
    case fault::count_:
        break;
    }
    return "?";
}

void faults::set(fault f, u64 value) noexcept
{
    const u64 before = values_[static_cast<std::size_t>(f)].exchange(value);
    if (before == 0 && value != 0)
        active_.fetch_add(1);
    if (before != 0 && value == 0)
        active_.fetch_sub(1);
}

void faults::clear() noexcept
{
    for (std::size_t i = 0; i < fault_count; ++i)
        set(static_cast<fault>(i), 0);
}

bool faults::use(fault f) noexcept
{
    auto &value = values_[static_cast<std::size_t>(f)];
    u64 now = value.load(std::memory_order_relaxed);
    while (now != 0)
        if (value.compare_exchange_weak(now, now == never ? never : now - 1)) {
            if (now == 1)
                active_.fetch_sub(1);
            return true;
        }
    return false;
}

bool faults::reached(fault f) noexcept
{
    auto &value = values_[static_cast<std::size_t>(f)];
    u64 now = value.load(std::memory_order_relaxed);
    while (now != 0)
        if (value.compare_exchange_weak(now, now - 1)) {
            if (now == 1)
                active_.fetch_sub(1);
            return now == 1;
        }
    return false;
}

bool faults::tell(const lie_order &order) noexcept
{
    for (told &t : told_) {
        if (t.taken.exchange(true))
            continue;
        t.what = order.what;
        t.value = order.value;
        t.mask = order.mask;
        t.skip = order.skip;
        t.count = order.count;
        t.ready.store(true, std::memory_order_release);
        lies_.fetch_add(1, std::memory_order_release);
        return true;
    }
    return false;
}

bool faults::lied(lie what, u32 &field) noexcept
{
    bool any = false;
    for (told &t : told_) {
        if (!t.ready.load(std::memory_order_acquire) || t.what != what)
            continue;
        if (t.skip > 0) {
            --t.skip;
            continue;
        }
        field = (field & ~t.mask) | (t.value & t.mask);
        any = true;
        if (--t.count == 0) {
            t.ready.store(false, std::memory_order_relaxed);
            t.taken.store(false, std::memory_order_release);
            lies_.fetch_sub(1);
        }
    }
    return any;
}

bool faults::answer(u32 offset, u32 value, u32 count) noexcept
{
    for (answer_slot &a : answer_slots_) {
        if (a.taken.exchange(true))
            continue;
        a.offset = offset;
        a.value = value;
        a.count = count;
        a.ready.store(true, std::memory_order_release);
        answers_.fetch_add(1, std::memory_order_release);
        return true;
    }
    return false;
}

bool faults::answered(u32 offset, u32 &value) noexcept
{
    for (answer_slot &a : answer_slots_) {
        if (!a.ready.load(std::memory_order_acquire) || a.offset != offset)
            continue;
        value = a.value;
        if (--a.count == 0) {
            a.ready.store(false, std::memory_order_relaxed);
            a.taken.store(false, std::memory_order_release);
            answers_.fetch_sub(1);
        }
        return true;
    }
    return false;
}

} // namespace miniport::nicmodel
