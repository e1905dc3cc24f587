-- What every script begins with: the keys of the site, the request, the time, and what is told when it is over.
--
-- KEYS  agents, works, queues (hashes of MessagePack records), due (what falls due when), meta (counters and
--       settings), notices (the stream that other controllers read), settings (of agents, as configured). Every other
--       key of the site begins with the same prefix, hash tag included, and so lies in the same slot of a cluster.
-- ARGV  prefix, node, now ('' asks the store's own clock), request (JSON).
-- Reply JSON: { result, notices, now, due }; `due` is when something next falls due. Where something has fallen due
--       already, { overdue, now }: nothing was done, and the caller runs expire.lua and comes again. That keeps what
--       is rarely needed out of the scripts that run all the time: every function costs, also when it is not called.
--@include records
local agentsKey, worksKey, queuesKey, dueKey, metaKey, noticesKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local settingsKey = KEYS[7]
local prefix, node = ARGV[1], ARGV[2]
local request = cjson.decode(ARGV[4])
local call = redis.call

local now = tonumber(ARGV[3])
if not now then
  local time = call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local firstDue = call('ZRANGE', dueKey, 0, 0, 'WITHSCORES')
local firstDueAt = tonumber(firstDue[2])
local due = firstDueAt
-- What falls due first is asked for anew only where something else may have come to be that.
local isDueUnknown = false

local function fallDue(name, at)
  call('ZADD', dueKey, at, name)
  if name == firstDue[1] then isDueUnknown = true end
  if not due or at < due then due = at end
end

local function fallDueNoMore(name)
  call('ZREM', dueKey, name)
  if name == firstDue[1] or due ~= firstDueAt then isDueUnknown = true end
end

local notices = {}
-- Agents who may be able to take more than before, and queues with more waiting; in order, each once.
local freed, isFreed = {}, {}
local lengthened, isLengthened = {}, {}

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

-- Records are read once a script, and written once at its end or before an index is asked.
local agents, touched = {}, {}

local function agentOf(id)
  local agent = agents[id]
  if agent == nil then
    local packed = call('HGET', agentsKey, id)
    agent = packed and unpackAgent(packed, call('HGET', settingsKey, id)) or false
    agents[id] = agent
  end
  return agent
end

local function touch(id)
  touched[id] = true
end

local function workOf(id)
  local packed = call('HGET', worksKey, id)
  return packed and unpackWork(packed) or false
end

local function saveWork(id, work)
  call('HSET', worksKey, id, packWork(work))
end

local function queueOf(id)
  local packed = call('HGET', queuesKey, id)
  return packed and unpackQueue(packed) or false
end

local function lineKey(queue) return prefix .. 'line:' .. queue end
local function ringingKey(queue) return prefix .. 'ringing:' .. queue end
local function activeKey(queue) return prefix .. 'active:' .. queue end
local function freeKey(queue) return prefix .. 'free:' .. queue end
local function thereKey(queue) return prefix .. 'there:' .. queue end
local function membersKey(queue) return prefix .. 'members:' .. queue end

-- Set by room.lua, for scripts that change agents.
local flush
