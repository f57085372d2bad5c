// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The 82574L's register map as one table: where, how many, what reset leaves, which bits a write
// reaches, what a read does. What a register causes beyond storage is in chip.cpp ("special").
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

enum class access : u8 { ro, wo, rw, rc, w1c };

inline constexpr bool plain = false;  ///< storage with the table's semantics
inline constexpr bool special = true; ///< chip.cpp decides

struct register_info {
    u32 offset;
    u16 count;
    u16 stride;
    const char *name;
    u32 reset;
    u32 writable;
    access mode;
    u32 self_clearing; ///< bits that act when written and read 0
    bool handled;
};

// clang-format off
// offset, count and stride, reset value, writable bits: hardware.md §3.2–§3.12, 82574 chapter 10.
#define MINIPORT_NICMODEL_REGISTERS(X)                                                             \
    /* §3.2 general */                                                                             \
    X(CTRL,        0x0000,   1, 0, 0x00000201, 0xFC101B65, rw, 0, special)                         \
    X(STATUS,      0x0008,   1, 0, 0x00080080, 0,          ro, 0, special)                         \
    X(EECD,        0x0010,   1, 0, 0x00000100, 0x00880040, rw, 0, special)                         \
    X(EERD,        0x0014,   1, 0, 0,          0x0000FFFD, rw, 0, special)                         \
    X(CTRL_EXT,    0x0018,   1, 0, 0,          0xFFFFFFFF, rw, 0x80002000, special)                \
    X(FLA,         0x001C,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(MDIC,        0x0020,   1, 0, 0x10000000, 0x2FFFFFFF, rw, 0, special)                         \
    X(FCAL,        0x0028,   1, 0, 0x00C28001, 0xFFFFFFFF, rw, 0, plain)                           \
    X(FCAH,        0x002C,   1, 0, 0x00000100, 0x0000FFFF, rw, 0, plain)                           \
    X(FCT,         0x0030,   1, 0, 0x00008808, 0x0000FFFF, rw, 0, plain)                           \
    X(VET,         0x0038,   1, 0, 0x00008100, 0x0000FFFF, rw, 0, special)                         \
    X(FCTTV,       0x0170,   1, 0, 0,          0x0000FFFF, rw, 0, plain)                           \
    X(LEDCTL,      0x0E00,   1, 0, 0x07061302, 0xFFFFFFFF, rw, 0, plain)                           \
    X(EXTCNF_CTRL, 0x0F00,   1, 0, 0x00000008, 0xFFFFFFBF, rw, 0, special)                         \
    X(EXTCNF_SIZE, 0x0F08,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(POEMB,       0x0F10,   1, 0, 0x0000000C, 0xFFFFFFFF, rw, 0, plain)                           \
    X(PBA,         0x1000,   1, 0, 0x00140014, 0x0000FFFF, rw, 0, special)                         \
    X(PBS,         0x1008,   1, 0, 0x00000028, 0x0000FFFF, rw, 0, plain)                           \
    X(EEMNGCTL,    0x1010,   1, 0, 0x80040000, 0,          ro, 0, plain)                           \
    X(EEARBC,      0x1024,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(FLASHT,      0x1028,   1, 0, 0x00000002, 0xFFFFFFFF, rw, 0, plain)                           \
    X(EEWR,        0x102C,   1, 0, 0,          0xFFFFFFFD, rw, 0, special)                         \
    X(FLOP,        0x103C,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    /* §3.9 interrupts */                                                                          \
    X(ICR,         0x00C0,   1, 0, 0,          0x01FFFFFF, w1c, 0, special)                        \
    X(ITR,         0x00C4,   1, 0, 0,          0x0000FFFF, rw, 0, plain)                           \
    X(ICS,         0x00C8,   1, 0, 0,          0x01FFFFFF, wo, 0, special)                         \
    X(IMS,         0x00D0,   1, 0, 0,          0x01FFFFFF, rw, 0, special)                         \
    X(IMC,         0x00D8,   1, 0, 0,          0x01FFFFFF, wo, 0, special)                         \
    X(EIAC,        0x00DC,   1, 0, 0,          0x01F00000, rw, 0, plain)                           \
    X(IAM,         0x00E0,   1, 0, 0,          0x01FFFFFF, rw, 0, plain)                           \
    X(IVAR,        0x00E4,   1, 0, 0,          0x800FFFFF, rw, 0, special)                         \
    X(EITR,        0x00E8,   5, 4, 0,          0x0000FFFF, rw, 0, plain)                           \
    /* §3.2, §3.5 receive */                                                                       \
    X(RCTL,        0x0100,   1, 0, 0,          0x7EFFFFFE, rw, 0, special)                         \
    X(ERT,         0x2008,   1, 0, 0,          0x00003FFF, rw, 0, plain)                           \
    X(FCRTL,       0x2160,   1, 0, 0,          0x8000FFF8, rw, 0, plain)                           \
    X(FCRTH,       0x2168,   1, 0, 0,          0x0000FFF8, rw, 0, plain)                           \
    X(PSRCTL,      0x2170,   1, 0, 0x00040402, 0x3F3F3F7F, rw, 0, special)                         \
    X(RDFH,        0x2410,   1, 0, 0,          0x00001FFF, rw, 0, plain)                           \
    X(RDFT,        0x2418,   1, 0, 0,          0x00001FFF, rw, 0, plain)                           \
    X(RDFHS,       0x2420,   1, 0, 0,          0x00001FFF, rw, 0, plain)                           \
    X(RDFTS,       0x2428,   1, 0, 0,          0x00001FFF, rw, 0, plain)                           \
    X(RDFPC,       0x2430,   1, 0, 0,          0,          ro, 0, special)                         \
    X(FCRTV,       0x2460,   1, 0, 0,          0x0000FFFF, rw, 0, plain)                           \
    X(RDBAL,       0x2800,   2, 0x100, 0,      0xFFFFFFF0, rw, 0, special)                         \
    X(RDBAH,       0x2804,   2, 0x100, 0,      0xFFFFFFFF, rw, 0, special)                         \
    X(RDLEN,       0x2808,   2, 0x100, 0,      0x000FFF80, rw, 0, special)                         \
    X(RDH,         0x2810,   2, 0x100, 0,      0x0000FFFF, rw, 0, special)                         \
    X(RDT,         0x2818,   2, 0x100, 0,      0x0000FFFF, rw, 0, special)                         \
    X(RDTR,        0x2820,   1, 0, 0,          0x0000FFFF, rw, 0x80000000, special)                \
    X(RXDCTL,      0x2828,   2, 0x100, 0x01010000, 0x013F3F3F, rw, 0, special)                     \
    X(RADV,        0x282C,   1, 0, 0,          0x0000FFFF, rw, 0, plain)                           \
    X(RSRPD,       0x2C00,   1, 0, 0,          0x00000FFF, rw, 0, plain)                           \
    X(RAID,        0x2C08,   1, 0, 0,          0x0000FFFF, rw, 0, plain)                           \
    X(RXCSUM,      0x5000,   1, 0, 0x00000300, 0x000033FF, rw, 0, special)                         \
    X(RFCTL,       0x5008,   1, 0, 0,          0x0007FFFF, rw, 0, special)                         \
    X(MTA,         0x5200, 128, 4, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(RAL,         0x5400,  16, 8, 0,          0xFFFFFFFF, rw, 0, special)                         \
    X(RAH,         0x5404,  16, 8, 0,          0x8003FFFF, rw, 0, special)                         \
    X(VFTA,        0x5600, 128, 4, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(MRQC,        0x5818,   1, 0, 0,          0x003F0003, rw, 0, special)                         \
    X(RSSIM,       0x5864,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(RSSIR,       0x5868,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(RETA,        0x5C00,  32, 4, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(RSSRK,       0x5C80,  10, 4, 0,          0xFFFFFFFF, rw, 0, special)                         \
    /* §3.2, §3.8 transmit */                                                                      \
    X(TCTL,        0x0400,   1, 0, 0x00000008, 0x1FFFFFFA, rw, 0, special)                         \
    X(TIPG,        0x0410,   1, 0, 0x00602008, 0x3FFFFFFF, rw, 0, plain)                           \
    X(AIT,         0x0458,   1, 0, 0,          0x0000FFFF, rw, 0, plain)                           \
    X(TDFH,        0x3410,   1, 0, 0,          0x00001FFF, rw, 0, plain)                           \
    X(TDFT,        0x3418,   1, 0, 0,          0x00001FFF, rw, 0, plain)                           \
    X(TDFHS,       0x3420,   1, 0, 0,          0x00001FFF, rw, 0, plain)                           \
    X(TDFTS,       0x3428,   1, 0, 0,          0x00001FFF, rw, 0, plain)                           \
    X(TDFPC,       0x3430,   1, 0, 0,          0,          ro, 0, plain)                           \
    X(TDBAL,       0x3800,   2, 0x100, 0,      0xFFFFFFF0, rw, 0, special)                         \
    X(TDBAH,       0x3804,   2, 0x100, 0,      0xFFFFFFFF, rw, 0, special)                         \
    X(TDLEN,       0x3808,   2, 0x100, 0,      0x000FFF80, rw, 0, special)                         \
    X(TDH,         0x3810,   2, 0x100, 0,      0x0000FFFF, rw, 0, special)                         \
    X(TDT,         0x3818,   2, 0x100, 0,      0x0000FFFF, rw, 0, special)                         \
    X(TIDV,        0x3820,   1, 0, 0,          0x0000FFFF, rw, 0x80000000, special)                \
    X(TXDCTL,      0x3828,   2, 0x100, 0x00400000, 0x0FFF3F3F, rw, 0, special)                     \
    X(TADV,        0x382C,   1, 0, 0,          0x0000FFFF, rw, 0, plain)                           \
    X(TARC,        0x3840,   2, 0x100, 0x00000403, 0x7FFFFFFF, rw, 0, special)                     \
    /* §3.2 wake-up and management: storage */                                                     \
    X(WUC,         0x5800,   1, 0, 0,          0x0000000F, rw, 0, plain)                           \
    X(WUFC,        0x5808,   1, 0, 0,          0x000F80FF, rw, 0, plain)                           \
    X(WUS,         0x5810,   1, 0, 0,          0x000F00FF, w1c, 0, plain)                          \
    X(MANC,        0x5820,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(IPAV,        0x5838,   1, 0, 0,          0x0001000F, rw, 0, plain)                           \
    X(IP4AT,       0x5840,   4, 8, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(MANC2H,      0x5860,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(IP6AT,       0x5880,   4, 4, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(WUPL,        0x5900,   1, 0, 0,          0,          ro, 0, plain)                           \
    X(FFMT,        0x9000, 128, 8, 0,          0x0000000F, rw, 0, plain)                           \
    X(FFVT,        0x9800, 128, 8, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    /* §3.2 PCIe, semaphores */                                                                    \
    X(GCR,         0x5B00,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(GSCL,        0x5B10,   4, 4, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(FACTPS,      0x5B30,   1, 0, 0x20000000, 0x20000000, rw, 0, plain)                           \
    X(SWSM,        0x5B50,   1, 0, 0,          0x0000000F, rw, 0, special)                         \
    X(FWSM,        0x5B54,   1, 0, 0,          0,          ro, 0, plain)                           \
    X(SWSM2,       0x5B58,   1, 0, 0,          0x00000002, rw, 0, plain)                           \
    X(SW_FW_SYNC,  0x5B5C,   1, 0, 0,          0x0000FFFF, rw, 0, plain)                           \
    X(GCR2,        0x5B64,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(HICR,        0x8F00,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    /* §3.12 time */                                                                               \
    X(TSYNCRXCFG,  0x5F50,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(SYSTIML,     0xB600,   1, 0, 0,          0xFFFFFFFF, rw, 0, special)                         \
    X(SYSTIMH,     0xB604,   1, 0, 0,          0xFFFFFFFF, rw, 0, special)                         \
    X(TIMINCA,     0xB608,   1, 0, 0,          0xFFFFFFFF, rw, 0, special)                         \
    X(TIMADJL,     0xB60C,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    X(TIMADJH,     0xB610,   1, 0, 0,          0xFFFFFFFF, rw, 0, special)                         \
    X(TSYNCTXCTL,  0xB614,   1, 0, 0,          0x00000010, rw, 0, plain)                           \
    X(TXSTMPL,     0xB618,   1, 0, 0,          0,          ro, 0, plain)                           \
    X(TXSTMPH,     0xB61C,   1, 0, 0,          0,          ro, 0, special)                         \
    X(TSYNCRXCTL,  0xB620,   1, 0, 0,          0x0000003E, rw, 0, plain)                           \
    X(RXSTMPL,     0xB624,   1, 0, 0,          0,          ro, 0, plain)                           \
    X(RXSTMPH,     0xB628,   1, 0, 0,          0,          ro, 0, special)                         \
    X(RXSATRL,     0xB62C,   1, 0, 0,          0,          ro, 0, plain)                           \
    X(RXSATRH,     0xB630,   1, 0, 0,          0,          ro, 0, plain)                           \
    X(RXMTRL,      0xB634,   1, 0, 0x000088F7, 0xFFFFFFFF, rw, 0, plain)                           \
    X(RXUDP,       0xB638,   1, 0, 0x0000013F, 0x0000FFFF, rw, 0, plain)                           \
    X(TSAUXC,      0xB640,   1, 0, 0,          0xFFFFFFFF, rw, 0, plain)                           \
    /* §3.10 statistics: clear on read, never wrap */                                              \
    X(CRCERRS,     0x4000,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ALGNERRC,    0x4004,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(SYMERRS,     0x4008,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(RXERRC,      0x400C,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(MPC,         0x4010,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(SCC,         0x4014,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ECOL,        0x4018,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(MCC,         0x401C,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(LATECOL,     0x4020,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(COLC,        0x4028,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(DC,          0x4030,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(TNCRS,       0x4034,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(SEC,         0x4038,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(CEXTERR,     0x403C,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(RLEC,        0x4040,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(XONRXC,      0x4048,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(XONTXC,      0x404C,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(XOFFRXC,     0x4050,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(XOFFTXC,     0x4054,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(FCRUC,       0x4058,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PRC64,       0x405C,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PRC127,      0x4060,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PRC255,      0x4064,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PRC511,      0x4068,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PRC1023,     0x406C,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PRC1522,     0x4070,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(GPRC,        0x4074,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(BPRC,        0x4078,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(MPRC,        0x407C,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(GPTC,        0x4080,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(GORCL,       0x4088,   1, 0, 0, 0, rc, 0, special)                                           \
    X(GORCH,       0x408C,   1, 0, 0, 0, rc, 0, special)                                           \
    X(GOTCL,       0x4090,   1, 0, 0, 0, rc, 0, special)                                           \
    X(GOTCH,       0x4094,   1, 0, 0, 0, rc, 0, special)                                           \
    X(RNBC,        0x40A0,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(RUC,         0x40A4,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(RFC,         0x40A8,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ROC,         0x40AC,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(RJC,         0x40B0,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(MGTPRC,      0x40B4,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(MGTPDC,      0x40B8,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(MGTPTC,      0x40BC,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(TORL,        0x40C0,   1, 0, 0, 0, rc, 0, special)                                           \
    X(TORH,        0x40C4,   1, 0, 0, 0, rc, 0, special)                                           \
    X(TOTL,        0x40C8,   1, 0, 0, 0, rc, 0, special)                                           \
    X(TOTH,        0x40CC,   1, 0, 0, 0, rc, 0, special)                                           \
    X(TPR,         0x40D0,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(TPT,         0x40D4,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PTC64,       0x40D8,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PTC127,      0x40DC,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PTC255,      0x40E0,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PTC511,      0x40E4,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PTC1023,     0x40E8,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(PTC1522,     0x40EC,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(MPTC,        0x40F0,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(BPTC,        0x40F4,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(TSCTC,       0x40F8,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(TSCTFC,      0x40FC,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(IAC,         0x4100,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ICRXPTC,     0x4104,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ICRXATC,     0x4108,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ICTXPTC,     0x410C,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ICTXATC,     0x4110,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ICTXQEC,     0x4118,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ICTXQMTC,    0x411C,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ICRXDMTC,    0x4120,   1, 0, 0, 0, rc, 0, plain)                                             \
    X(ICRXOC,      0x4124,   1, 0, 0, 0, rc, 0, plain)
// clang-format on

/// at::RCTL is RCTL's offset.
namespace at {
#define MINIPORT_NICMODEL_OFFSET(name, offset, ...) inline constexpr u32 name = offset;
MINIPORT_NICMODEL_REGISTERS(MINIPORT_NICMODEL_OFFSET)
#undef MINIPORT_NICMODEL_OFFSET
} // namespace at

inline constexpr register_info register_table[] = {
#define MINIPORT_NICMODEL_ROW(name, offset, count, stride, reset, writable, mode, clearing, how)   \
    {offset, count, stride, #name, reset, writable, access::mode, clearing, how},
    MINIPORT_NICMODEL_REGISTERS(MINIPORT_NICMODEL_ROW)
#undef MINIPORT_NICMODEL_ROW
};

inline constexpr u32 bar_bytes = 0x20000; // §3.1: BAR 0 is 128 KiB

/// The row of the register at `offset`, null where the chip has none.
[[nodiscard]] const register_info *find_register(u32 offset) noexcept;

/// The storage behind the registers.
class register_store {
public:
    register_store() : words_{std::make_unique<std::array<u32, bar_bytes / 4>>()} { reset(); }

    /// All registers as their rows say.
    void reset() noexcept;

    u32 &operator[](u32 offset) noexcept { return (*words_)[offset / 4]; }
    u32 operator[](u32 offset) const noexcept { return (*words_)[offset / 4]; }
    [[nodiscard]] bool has(u32 offset, u32 bits) const noexcept
    {
        return ((*this)[offset] & bits) != 0;
    }

private:
    std::unique_ptr<std::array<u32, bar_bytes / 4>> words_;
};

} // namespace miniport::nicmodel
