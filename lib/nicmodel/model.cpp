// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/model.hpp"

#include <ctime>
#include <mutex>

namespace miniport::nicmodel {

model::model(lab &l, const options &o) : lab_{l}, chip_{l.clock_, o}
{
    lab_.add(*this);
}

model::~model()
{
    lab_.remove(*this);
}

std::uint32_t model::load(std::uint32_t offset)
{
    const std::lock_guard hold{lab_.lock_};
    return chip_.load(offset);
}

void model::store(std::uint32_t offset, std::uint32_t value)
{
    {
        const std::lock_guard hold{lab_.lock_};
        chip_.store(offset, value);
    }
    if (chip_.irq.undelivered()) // ICS, IMS
        chip_.irq.deliver();
}

void model::sleep_us(unsigned us)
{
    if (!lab_.running())
        return lab_.step(u64{us} * 1000);
    const timespec span{static_cast<time_t>(us / 1'000'000),
                        static_cast<long>(us % 1'000'000) * 1000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &span, nullptr);
}

volatile void *model::doorbell(std::uint32_t offset)
{
    return chip_.doorbell(offset);
}

void model::interrupts_to(interrupt_kind kind, interrupt_function f, void *context)
{
    const std::lock_guard hold{lab_.lock_};
    chip_.irq.kind(kind);
    chip_.irq.receiver(f, context);
}

void model::translate_with(translate_function f, void *context)
{
    const std::lock_guard hold{lab_.lock_};
    chip_.bus.translation(f, context);
}

void model::power_on()
{
    const std::lock_guard hold{lab_.lock_};
    chip_.power_on();
}

void model::inject(const frame &f)
{
    {
        const std::lock_guard hold{lab_.lock_};
        if (chip_.hears())
            chip_.rx.arrive(f);
        else
            ++chip_.count.rx_no_link;
    }
    if (chip_.irq.undelivered())
        chip_.irq.deliver();
}

void model::nvm_word(unsigned n, std::uint16_t value)
{
    const std::lock_guard hold{lab_.lock_};
    chip_.eeprom.word(n, value);
}

counters model::counted()
{
    const std::lock_guard hold{lab_.lock_};
    return chip_.count;
}

std::uint64_t model::iommu_faults()
{
    const std::lock_guard hold{lab_.lock_};
    return chip_.bus.faults();
}

std::uint64_t model::messages(unsigned vector)
{
    const std::lock_guard hold{lab_.lock_};
    return chip_.irq.messages(vector);
}

bool model::interrupt_line()
{
    const std::lock_guard hold{lab_.lock_};
    return chip_.irq.asserted();
}

hang model::transmit_hang()
{
    const std::lock_guard hold{lab_.lock_};
    return chip_.tx.stuck();
}

bool model::link_up()
{
    const std::lock_guard hold{lab_.lock_};
    return chip_.link_up();
}

} // namespace miniport::nicmodel
