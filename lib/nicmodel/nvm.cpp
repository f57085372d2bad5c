// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/nvm.hpp"

#include "nicmodel/chip.hpp"

namespace miniport::nicmodel {
namespace {

constexpr u32 start = 1u << 0, done = 1u << 1;
constexpr u32 checksum_word = 0x3F;
constexpr u32 checksum = 0xBABA;

u32 address(u32 eerd) noexcept
{
    return eerd >> 2 & 0x3FFF;
}

} // namespace

nvm::nvm(chip &c, const mac_address &mac) noexcept : c_{c}
{
    image_.fill(0xFFFF); // erased
    for (u32 i = 0; i < 3; ++i)
        image_[i] = static_cast<u16>(mac[2 * i] | mac[2 * i + 1] << 8);
    image_[0x03] = 0x0420; // compatibility
    image_[0x05] = 0x2001; // image version 2.0.1
    image_[0x08] = 0x1234; // PBA number
    image_[0x09] = 0x0001;
    image_[0x0A] = 0x026B; // initialization control 1
    image_[0x0B] = 0x0000; // subsystem
    image_[0x0C] = 0x8086;
    image_[0x0D] = 0x10D3; // device id, §3.1
    image_[0x0F] = 0x5400; // initialization control 2
    seal();
}

void nvm::seal() noexcept
{
    u32 sum = 0;
    for (u32 i = 0; i < checksum_word; ++i)
        sum += image_[i];
    image_[checksum_word] = static_cast<u16>(checksum - sum);
}

u16 nvm::word(u32 n) const noexcept
{
    if (n >= words)
        return 0xFFFF;
    u32 value = image_[n];
    if (c_.fault.none())
        return static_cast<u16>(value);
    if (n < 3) {
        switch (c_.fault[fault::nvm_mac]) {
        case 1:
            value = 0;
            break;
        case 2:
            value |= n == 0 ? 1u : 0u;
            break;
        case 3:
            value = 0xFFFF;
            break;
        default:
            break;
        }
    }
    // A wrong address under a right checksum: what its maker burnt in, not decay.
    if (n == checksum_word && c_.fault[fault::nvm_mac] != 0) {
        u32 sum = 0;
        for (u32 i = 0; i < checksum_word; ++i)
            sum += word(i);
        value = (checksum - sum) & 0xFFFF;
    }
    if (n == checksum_word && c_.fault[fault::nvm_checksum] != 0)
        value ^= 0x0101;
    return static_cast<u16>(value);
}

mac_address nvm::mac() const noexcept
{
    mac_address m{};
    for (u32 i = 0; i < 6; ++i)
        m[i] = static_cast<u8>(word(i / 2) >> (i % 2 * 8));
    return m;
}

void nvm::start_read(u32 eerd) noexcept
{
    c_.regs[at::EERD] = eerd & ~(done | 0xFFFF'0000u);
    if ((eerd & start) == 0)
        return;
    read_done_ = c_.fault[fault::eerd_never] != 0 ? never : c_.now + c_.opt.timing.nvm_ns;
    c_.arm(read_done_);
}

void nvm::start_write(u32 eewr) noexcept
{
    c_.regs[at::EEWR] = eewr & ~done;
    if ((eewr & start) == 0)
        return;
    write_done_ = c_.fault[fault::eerd_never] != 0 ? never : c_.now + c_.opt.timing.nvm_ns;
    c_.arm(write_done_);
}

void nvm::run() noexcept
{
    if (read_done_ <= c_.now) {
        read_done_ = never;
        u32 &eerd = c_.regs[at::EERD];
        eerd = (eerd & 0xFFFC) | done | u32{word(address(eerd))} << 16;
    }
    if (write_done_ <= c_.now) {
        write_done_ = never;
        u32 &eewr = c_.regs[at::EEWR];
        if (address(eewr) < words)
            image_[address(eewr)] = static_cast<u16>(eewr >> 16);
        eewr = (eewr & ~start) | done;
    }
}

} // namespace miniport::nicmodel
