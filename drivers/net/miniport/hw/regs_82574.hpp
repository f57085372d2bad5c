// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Registers of the 82574L, in data-sheet order. Names, offsets and bits as Intel's "82574 GbE
// Controller Family Datasheet" chapter 10 prints them; facts collected in hardware.md §3.2.
// Includes no system header: <termios.h> has macros of these names.
#pragma once

#include "hw/register.hpp"

namespace miniport::reg {

using hw::access;
using hw::field;
using hw::flag;
using hw::register_at;

// §10.2.2 general
struct CTRL : register_at<CTRL, 0x0000> {
    static constexpr flag<CTRL, 0> FD{};
    static constexpr flag<CTRL, 2> GIO_MASTER_DISABLE{};
    static constexpr flag<CTRL, 5> ASDE{};
    static constexpr flag<CTRL, 6> SLU{};
    static constexpr flag<CTRL, 11> FRCSPD{};
    static constexpr flag<CTRL, 12> FRCDPX{};
    static constexpr flag<CTRL, 26> RST{};
    static constexpr flag<CTRL, 27> RFCE{};
    static constexpr flag<CTRL, 28> TFCE{};
    static constexpr flag<CTRL, 29> RESERVED_29{}; // must be 0
    static constexpr flag<CTRL, 30> VME{};
};
struct STATUS : register_at<STATUS, 0x0008, access::ro> {
    static constexpr flag<STATUS, 0> FD{};
    static constexpr flag<STATUS, 1> LU{};
    static constexpr flag<STATUS, 4> TXOFF{};     // paused by the peer
    static constexpr field<STATUS, 7, 6> SPEED{}; // 0: 10, 1: 100, 2 and 3: 1000 Mb/s
    static constexpr flag<STATUS, 19> GIO_MASTER_EN{};
};
struct EECD : register_at<EECD, 0x0010> {
    static constexpr flag<EECD, 8> PRES{};
    static constexpr flag<EECD, 9> AUTO_RD{};
    static constexpr field<EECD, 16, 15> NVM_TYPE{}; // 3: flash behind the NVM
};
struct EERD : register_at<EERD, 0x0014> {
    static constexpr flag<EERD, 0> START{};
    static constexpr flag<EERD, 1> DONE{};
    static constexpr field<EERD, 15, 2> ADDR{};
    static constexpr field<EERD, 31, 16> DATA{};
};
struct CTRL_EXT : register_at<CTRL_EXT, 0x0018> {
    static constexpr flag<CTRL_EXT, 13> EE_RST{};
    static constexpr flag<CTRL_EXT, 22> RESERVED_22{}; // set by bring-up (§3.3 step 7)
    static constexpr flag<CTRL_EXT, 23> RESERVED_23{}; // cleared by bring-up
    static constexpr flag<CTRL_EXT, 24> EIAME{};
    static constexpr flag<CTRL_EXT, 27> IAME{};
    static constexpr flag<CTRL_EXT, 28> DRV_LOAD{};
    static constexpr flag<CTRL_EXT, 31> PBA_CLR{};
};
struct MDIC : register_at<MDIC, 0x0020> {
    static constexpr field<MDIC, 15, 0> DATA{};
    static constexpr field<MDIC, 20, 16> REGADD{};
    static constexpr field<MDIC, 25, 21> PHYADD{};
    static constexpr field<MDIC, 27, 26> OP{}; // 1 write, 2 read
    static constexpr flag<MDIC, 28> READY{};
    static constexpr flag<MDIC, 30> ERROR{};
};
struct EXTCNF_CTRL : register_at<EXTCNF_CTRL, 0x0F00> {
    static constexpr flag<EXTCNF_CTRL, 5> MDIO_SW_OWNERSHIP{};
};
struct PBA : register_at<PBA, 0x1000> {
    static constexpr field<PBA, 15, 0> RXA{};  // KB for receive
    static constexpr field<PBA, 31, 16> TXA{}; // KB for transmit: read-only, what RXA leaves
};

// §10.2.3 PCIe
struct GCR : register_at<GCR, 0x5B00> {
    static constexpr flag<GCR, 22> RESERVED_22{}; // set by bring-up
};
struct GCR2 : register_at<GCR2, 0x5B64> {
    static constexpr flag<GCR2, 0> RESERVED_0{}; // set by bring-up: PCIe completion erratum
};

// §10.2.4 interrupts
struct ICR : register_at<ICR, 0x00C0, access::w1c> { // read clears too, depending on the interrupt mode
    static constexpr flag<ICR, 2> LSC{};
    static constexpr flag<ICR, 24> OTHER{};
};
struct IMS : register_at<IMS, 0x00D0> {
    static constexpr flag<IMS, 2> LSC{};
    static constexpr flag<IMS, 24> OTHER{};
};
struct IMC : register_at<IMC, 0x00D8, access::wo> {};
struct EIAC : register_at<EIAC, 0x00DC> {};
struct IAM : register_at<IAM, 0x00E0> {};
struct IVAR : register_at<IVAR, 0x00E4> {
    static constexpr field<IVAR, 18, 16> OTHER_VECTOR{};
    static constexpr flag<IVAR, 19> OTHER_VALID{};
};

// §10.2.5 receive
struct RCTL : register_at<RCTL, 0x0100> {
    static constexpr flag<RCTL, 1> EN{};
    static constexpr flag<RCTL, 3> UPE{};
    static constexpr flag<RCTL, 4> MPE{};
    static constexpr flag<RCTL, 5> LPE{};
    static constexpr flag<RCTL, 15> BAM{};
    static constexpr field<RCTL, 17, 16> BSIZE{};
    static constexpr flag<RCTL, 25> BSEX{};
    static constexpr flag<RCTL, 26> SECRC{};
};
struct RDBAL : register_at<RDBAL, 0x2800, access::rw, 2, 0x100> {};
struct RDBAH : register_at<RDBAH, 0x2804, access::rw, 2, 0x100> {};
struct RDLEN : register_at<RDLEN, 0x2808, access::rw, 2, 0x100> {};
struct RDH : register_at<RDH, 0x2810, access::rw, 2, 0x100> {};
struct RDT : register_at<RDT, 0x2818, access::rw, 2, 0x100> {};
struct RDTR : register_at<RDTR, 0x2820> {};
struct RXDCTL : register_at<RXDCTL, 0x2828, access::rw, 2, 0x100> {
    static constexpr field<RXDCTL, 5, 0> PTHRESH{};
    static constexpr field<RXDCTL, 13, 8> HTHRESH{};
    static constexpr field<RXDCTL, 21, 16> WTHRESH{};
    static constexpr flag<RXDCTL, 24> GRAN{}; // thresholds count descriptors, not cache lines
};
struct RADV : register_at<RADV, 0x282C> {};
struct RXCSUM : register_at<RXCSUM, 0x5000> {
    static constexpr flag<RXCSUM, 13> PCSD{}; // RSS hash in place of the packet checksum
};
struct RFCTL : register_at<RFCTL, 0x5008> {
    static constexpr flag<RFCTL, 6> NFSW_DIS{};
    static constexpr flag<RFCTL, 7> NFSR_DIS{};
    static constexpr flag<RFCTL, 15> EXSTEN{}; // extended receive descriptors
};
struct MTA : register_at<MTA, 0x5200, access::rw, 128, 4> {};
struct RAL : register_at<RAL, 0x5400, access::rw, 16, 8> {};
struct RAH : register_at<RAH, 0x5404, access::rw, 16, 8> {
    static constexpr field<RAH, 15, 0> ADDR{};
    static constexpr flag<RAH, 31> AV{};
};
struct VFTA : register_at<VFTA, 0x5600, access::rw, 128, 4> {};
struct MRQC : register_at<MRQC, 0x5818> {};

// §10.2.6 transmit
struct TCTL : register_at<TCTL, 0x0400> {
    static constexpr flag<TCTL, 1> EN{};
    static constexpr flag<TCTL, 3> PSP{};
    static constexpr field<TCTL, 11, 4> CT{};
    static constexpr field<TCTL, 21, 12> COLD{};
    static constexpr flag<TCTL, 24> RTLC{};
    static constexpr flag<TCTL, 28> MULR{};
};
struct TDBAL : register_at<TDBAL, 0x3800, access::rw, 2, 0x100> {};
struct TDBAH : register_at<TDBAH, 0x3804, access::rw, 2, 0x100> {};
struct TDLEN : register_at<TDLEN, 0x3808, access::rw, 2, 0x100> {};
struct TDH : register_at<TDH, 0x3810, access::rw, 2, 0x100> {};
struct TDT : register_at<TDT, 0x3818, access::rw, 2, 0x100> {};
struct TIDV : register_at<TIDV, 0x3820> {};
struct TXDCTL : register_at<TXDCTL, 0x3828, access::rw, 2, 0x100> {
    static constexpr field<TXDCTL, 5, 0> PTHRESH{};
    static constexpr field<TXDCTL, 13, 8> HTHRESH{};
    static constexpr field<TXDCTL, 21, 16> WTHRESH{};
    static constexpr flag<TXDCTL, 22> COUNT_DESC{};
    static constexpr flag<TXDCTL, 24> GRAN{};
};
struct TADV : register_at<TADV, 0x382C> {};
struct TARC : register_at<TARC, 0x3840, access::rw, 2, 0x100> {
    static constexpr flag<TARC, 10> ENABLE{};
    static constexpr flag<TARC, 26> RESERVED_26{};
    static constexpr field<TARC, 30, 27> RESERVED_30_27{};
};

// §10.2.9 wake-up
struct WUC : register_at<WUC, 0x5800> {};

// §10.2.7 statistics, clear on read. An octet counter is a pair: low first, high clears both.
struct CRCERRS : register_at<CRCERRS, 0x4000, access::rc> {};
struct ALGNERRC : register_at<ALGNERRC, 0x4004, access::rc> {};
struct RXERRC : register_at<RXERRC, 0x400C, access::rc> {};
struct MPC : register_at<MPC, 0x4010, access::rc> {};
struct ECOL : register_at<ECOL, 0x4018, access::rc> {};
struct LATECOL : register_at<LATECOL, 0x4020, access::rc> {};
struct CEXTERR : register_at<CEXTERR, 0x403C, access::rc> {};
struct RLEC : register_at<RLEC, 0x4040, access::rc> {};
struct XONTXC : register_at<XONTXC, 0x404C, access::rc> {};
struct XOFFTXC : register_at<XOFFTXC, 0x4054, access::rc> {};
struct GPRC : register_at<GPRC, 0x4074, access::rc> {};
struct GORCL : register_at<GORCL, 0x4088, access::rc> {};
struct GORCH : register_at<GORCH, 0x408C, access::rc> {};
struct MGTPTC : register_at<MGTPTC, 0x40BC, access::rc> {};
struct TPT : register_at<TPT, 0x40D4, access::rc> {};

} // namespace miniport::reg
