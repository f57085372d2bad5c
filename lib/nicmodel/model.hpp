// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// A software 82574L as drivers and tests see it: registers through hw::io_backend, doorbells as
// plain words, interrupts as calls, faults on demand. Lives in a lab, which has time and cables.
#pragma once

#include "hw/io.hpp"
#include "nicmodel/chip.hpp"
#include "nicmodel/lab.hpp"

namespace miniport::nicmodel {

class model final : public hw::io_backend {
public:
    explicit model(lab &l, const options &o = {});
    ~model() override;
    model(const model &) = delete;
    model &operator=(const model &) = delete;

    // hw::io_backend, from any thread.
    std::uint32_t load(std::uint32_t offset) override;
    void store(std::uint32_t offset, std::uint32_t value) override;
    /// Sleeps while the lab's thread runs, otherwise lets model time pass.
    void sleep_us(unsigned us) override;
    volatile void *doorbell(std::uint32_t offset) override;

    /// Messages are told without the lab's lock: the function may use registers. With
    /// interrupt_kind pin, vector 0 is told when the line rises.
    void interrupts_to(interrupt_kind kind, interrupt_function f, void *context);
    /// DMA goes through f; null: addresses are this process's.
    void translate_with(translate_function f, void *context);

    [[nodiscard]] faults &fault() noexcept { return chip_.fault; }
    /// As if power came on: also what a device is after removed or dead ends.
    void power_on();
    /// A frame at the receive end of the cable, whatever the cable leads to; lost without link.
    void inject(const frame &f);
    void nvm_word(unsigned n, std::uint16_t value);

    // What no register tells.
    [[nodiscard]] counters counted();
    [[nodiscard]] std::uint64_t iommu_faults();
    [[nodiscard]] std::uint64_t messages(unsigned vector);
    [[nodiscard]] bool interrupt_line();
    [[nodiscard]] hang transmit_hang();
    [[nodiscard]] bool link_up();

private:
    friend class lab;
    lab &lab_;
    chip chip_;
    model *partner_ = nullptr;
};

} // namespace miniport::nicmodel
