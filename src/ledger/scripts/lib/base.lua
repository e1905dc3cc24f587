-- What every script begins with: the keys of the site, the request, the time, and what is told when it is over.
--
-- KEYS  agents, works, queues (hashes of MessagePack records), due (what falls due when), meta (counters and
--       settings), notices (the stream that other controllers read). Every other key of the site begins with the same
--       prefix, hash tag included, and so lies in the same slot of a cluster.
-- ARGV  prefix, node, now ('' asks the store's own clock), request (JSON).
-- Reply JSON: { result, notices, now, due }; `due` is when something next falls due. Where something has fallen due
--       already, { overdue, now }: nothing was done, and the caller runs expire.lua and comes again. That keeps what
--       is rarely needed out of the scripts that run all the time: every function costs, also when it is not called.
local agentsKey, worksKey, queuesKey, dueKey, metaKey, noticesKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local prefix, node = ARGV[1], ARGV[2]
local request = cjson.decode(ARGV[4])
local call = redis.call

local now = tonumber(ARGV[3])
if not now then
  local time = call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local due = tonumber(call('ZRANGE', dueKey, 0, 0, 'WITHSCORES')[2])
local isDueChanged = false

local function fallDue(name, at)
  call('ZADD', dueKey, at, name)
  isDueChanged = true
end

local function fallDueNoMore(name)
  call('ZREM', dueKey, name)
  isDueChanged = true
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
    local json = call('HGET', agentsKey, id)
    agent = json and cmsgpack.unpack(json) or false
    agents[id] = agent
  end
  return agent
end

local function touch(id)
  touched[id] = true
end

local function workOf(id)
  local json = call('HGET', worksKey, id)
  return json and cmsgpack.unpack(json) or false
end

local function saveWork(id, work)
  call('HSET', worksKey, id, cmsgpack.pack(work))
end

local function queueOf(id)
  local json = call('HGET', queuesKey, id)
  return json and cmsgpack.unpack(json) or false
end

local function lineKey(queue) return prefix .. 'line:' .. queue end
local function ringingKey(queue) return prefix .. 'ringing:' .. queue end
local function activeKey(queue) return prefix .. 'active:' .. queue end
local function freeKey(queue) return prefix .. 'free:' .. queue end
local function thereKey(queue) return prefix .. 'there:' .. queue end
local function membersKey(queue) return prefix .. 'members:' .. queue end

-- Set by room.lua, for scripts that change agents.
local flush
