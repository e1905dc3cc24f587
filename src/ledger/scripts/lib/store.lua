--@include base records known
-- Records as they are read and written. An agent is read once an operation, and written once at its end.

local function agentOf(id)
  local agent = agents[id]
  if agent == nil then
    local packed = call('HGET', agentsKey, id)
    agent = packed
      and (recall(knownAgents, id, packed)
        or remember(knownAgents, id, packed, unpackAgent(packed, call('HGET', settingsKey, id))))
    agents[id] = agent
  end
  return agent
end

local function saveAgent(id, agent)
  local packed = packAgent(agent)
  call('HSET', agentsKey, id, packed)
  remember(knownAgents, id, packed, agent)
end

-- Names a configuration of agents, unlike any other: by the store's own clock also where a test tells the time.
local function newStamp()
  local time = call('TIME')
  return time[1] * 1000000 + time[2]
end

-- To be followed by the agent itself.
local function saveSettings(id, agent, stamp)
  agent.stamp = stamp
  call('HSET', settingsKey, id, packSettings(agent))
end

local function dropAgent(id)
  call('HDEL', agentsKey, id)
  call('HDEL', settingsKey, id)
  forgetKnown(knownAgents, id)
end

local function workOf(id)
  local packed = call('HGET', worksKey, id)
  return packed and (recall(knownWorks, id, packed) or remember(knownWorks, id, packed, unpackWork(packed)))
end

local function saveWork(id, work)
  local packed = packWork(work)
  call('HSET', worksKey, id, packed)
  remember(knownWorks, id, packed, work)
end

local function dropWorkRecord(id)
  call('HDEL', worksKey, id)
  forgetKnown(knownWorks, id)
end

local function queueOf(id)
  local packed = call('HGET', queuesKey, id)
  return packed and (recall(knownQueues, id, packed) or remember(knownQueues, id, packed, unpackQueue(packed)))
end

local function saveQueue(id, queue)
  local packed = packQueue(queue)
  call('HSET', queuesKey, id, packed)
  remember(knownQueues, id, packed, queue)
end
