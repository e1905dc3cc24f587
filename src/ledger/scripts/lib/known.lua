-- Records as they were last read or written, kept from call to call: what was read a moment ago is not unpacked again.
-- A record is taken from here only if the store has, to the byte, what it was packed as; whoever else has written it
-- meanwhile, a store that has lost it or come back with an older one make no difference. For that, whoever changes a
-- record saves it, and what a call has left half changed by failing is forgotten with all the rest.

-- Of each kind this many at least, and twice as many at most: enough for what is under way at one time, and few
-- enough that Lua's collector, which goes through all of them again and again, does not cost more than is saved.
local MOST_KNOWN = 32

local function nothingKnown() return { young = {}, old = {}, count = 0 } end

local knownAgents, knownWorks, knownQueues

local function forgetAll()
  knownAgents, knownWorks, knownQueues = nothingKnown(), nothingKnown(), nothingKnown()
end

local function recall(known, id, packed)
  local entry = known.young[id] or known.old[id]
  return entry and entry.packed == packed and entry.record
end

local function remember(known, id, packed, record)
  local entry = known.young[id]
  if not entry then
    if known.count == MOST_KNOWN then known.young, known.old, known.count = {}, known.young, 0 end
    entry = {}
    known.young[id] = entry
    known.count = known.count + 1
  end
  entry.packed, entry.record = packed, record
  return record
end

local function forgetKnown(known, id)
  local entry = known.young[id]
  -- The entry stays, so that `count` is true.
  if entry then entry.packed, entry.record = nil, nil end
  known.old[id] = nil
end
