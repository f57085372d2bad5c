// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What a cable may lead to besides another model: a capture file, a TAP interface, a test. It
// offers and accepts every speed. Called with the lab's lock held.
#pragma once

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

class far_end {
public:
    virtual ~far_end() = default;
    /// A frame that the model sent; its memory is the caller's.
    virtual void take(const frame &f) = 0;
    /// A frame for the model, valid until the next call; false: nothing now.
    virtual bool give(frame &f) = 0;
};

} // namespace miniport::nicmodel
