-- What every operation begins with: the keys of the site, the request, the time, and what is told when it is over.
--
-- Key   the prefix of the site, hash tag included: every key of the site begins with it, and so lies in the same slot
--       of a cluster.
-- Args  operation, node, now ('' asks the store's own clock), request (JSON).
-- Reply { now, due, notices (JSON), result (JSON) }; `due` is when something next falls due. Where something has fallen
--       due already an operation answers `now` and nothing else: nothing was done, and the caller runs expire.lua and
--       comes again. That keeps what is rarely needed out of what runs all the time.
--
-- Functions are made once and stay, and so do the variables here: `begin` sets them anew for each call.
-- Not even Lua's own libraries are there while functions are loaded: `begin` sets these as well.
local call, sub, format

local prefix, node, request, now
local agentsKey, worksKey, queuesKey, settingsKey, dueKey, metaKey, noticesKey, listenersKey, droppedKey
local chargesKey, chargeStatesKey

local function lineKey(queue) return prefix .. 'line:' .. queue end
local function ringingKey(queue) return prefix .. 'ringing:' .. queue end
local function freeKey(queue) return prefix .. 'free:' .. queue end
local function thereKey(queue) return prefix .. 'there:' .. queue end
local function membersKey(queue) return prefix .. 'members:' .. queue end

-- What is told of this operation; agents who may be able to take more than before, and queues with more waiting, in
-- order, each once.
local notices, freed, isFreed, lengthened, isLengthened = {}, {}, {}, {}, {}

-- Agents read in this operation, and those who are to be written at its end.
local agents, touched = {}, {}

-- What falls due, in a sorted set of which only the names count: 'time what whom', so that the first is the next.
local due, isDueUnknown

-- Times and what else is ordered by, so that names sort as numbers do: 11 hexadecimal digits.
local function inOrder(number) return format('%011x ', number) end

local function dueAt(place) return place and tonumber(sub(place, 1, 11), 16) end

local function firstDue() return dueAt(call('ZRANGE', dueKey, '0', '0')[1]) end

-- Something falls due at one time: to move it, take it away first.
local function fallDue(name, at)
  call('ZADD', dueKey, '0', inOrder(at) .. name)
  if not due or at < due then due = at end
end

local function fallDueNoMore(name, at)
  call('ZREM', dueKey, inOrder(at) .. name)
  if at == due then isDueUnknown = true end
end

-- Then nothing else may be done before: see above.
local function isOverdue() return due and due <= now end

local function free(id)
  if not isFreed[id] then
    isFreed[id] = true
    freed[#freed + 1] = id
  end
end

local function lengthen(queue)
  if not isLengthened[queue] then
    isLengthened[queue] = true
    lengthened[#lengthened + 1] = queue
  end
end

local function touch(id)
  touched[id] = true
end
