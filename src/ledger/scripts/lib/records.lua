-- How agents, works and queues are written down: as values one after another, which costs a fraction of what maps cost to read.
-- What a configuration says of an agent stands in a record of its own, which is hardly ever written; `stamp` says which one
-- belongs to the other, so that no two of different configurations are alike.
--
-- Controllers of several versions share one store as long as they agree on all that stands there: these records, the names of
-- keys and of places in indexes, notices. Whoever changes any of it raises the number (schema.lua compares it).
local SCHEMA = 1

local function packSettings(agent)
  local capacity = agent.capacity
  local flat = { capacity.total }
  for _, channel in ipairs({ 'voice', 'chat', 'ticket' }) do
    for part = 1, 3 do flat[#flat + 1] = capacity[channel][part] end
  end
  for _, member in ipairs(agent.queues) do
    local at = #flat
    flat[at + 1], flat[at + 2], flat[at + 3] = member.queue, member.order, member.priority
    flat[at + 4], flat[at + 5] = member.kind, member.channel
  end
  return cmsgpack.pack(flat)
end

-- Each membership says with which `key` the agent stands in that queue's index of who is free (false: not at all), the
-- last `turn` there, and, where counters decide, whether the agent is `there` to be counted.
local function packAgent(agent)
  local presence = agent.presence
  local keys, turns, theres = {}, nil, nil
  for index, member in ipairs(agent.queues) do
    keys[index] = member.key
    if member.turn > 0 then
      turns = turns or {}
      turns[index] = member.turn
    end
    if member.there then
      theres = theres or {}
      theres[index] = true
    end
  end
  return cmsgpack.pack(
    agent.on, presence.state, presence.reason, presence.untilMs, agent.pending, agent.absences, agent.reach, agent.off,
    agent.holds, agent.backOff, agent.misses, agent.calls, agent.talk, agent.fairCalls, agent.fairTalk, agent.idle,
    agent.indexedIdle, keys, turns, theres, agent.stamp
  )
end

local function unpackAgent(packed, packedSettings)
  local on, state, reason, untilMs, pending, absences, reach, off, holds, backOff, misses, calls, talk, fairCalls,
    fairTalk, idle, indexedIdle, keys, turns, theres, stamp = cmsgpack.unpack(packed)
  local flat = cmsgpack.unpack(packedSettings)
  local queues = {}
  for at = 11, #flat, 5 do
    local index = (at - 6) / 5
    queues[index] = {
      queue = flat[at], order = flat[at + 1], priority = flat[at + 2], kind = flat[at + 3], channel = flat[at + 4],
      key = keys[index], turn = turns and turns[index] or 0, there = theres and theres[index],
    }
  end
  return {
    on = on, presence = { state = state, reason = reason, untilMs = untilMs }, pending = pending, absences = absences,
    reach = reach, off = off, holds = holds, backOff = backOff, misses = misses, calls = calls, talk = talk,
    fairCalls = fairCalls, fairTalk = fairTalk, idle = idle, indexedIdle = indexedIdle, stamp = stamp, queues = queues,
    capacity = {
      total = flat[1],
      voice = { flat[2], flat[3], flat[4] },
      chat = { flat[5], flat[6], flat[7] },
      ticket = { flat[8], flat[9], flat[10] },
    },
  }
end

local function packWork(work)
  return cmsgpack.pack(
    work.channel, work.queue, work.phase, work.attempt, work.score, work.arrival, work.enqueuedAt, work.priority,
    work.ttl, work.owner, work.agents, work.passed, work.winner, work.losers, work.rings
  )
end

local function unpackWork(packed)
  local channel, queue, phase, attempt, score, arrival, enqueuedAt, priority, ttl, owner, agents, passed, winner, losers,
    rings = cmsgpack.unpack(packed)
  return {
    channel = channel, queue = queue, phase = phase, attempt = attempt, score = score, arrival = arrival,
    enqueuedAt = enqueuedAt, priority = priority, ttl = ttl, owner = owner, agents = agents, passed = passed,
    winner = winner, losers = losers, rings = rings,
  }
end

local function packQueue(queue)
  return cmsgpack.pack(
    queue.on, queue.kind, queue.start, queue.channel, queue.priority, queue.ageingStepMs, queue.maxWaiting,
    queue.explained
  )
end

local function unpackQueue(packed)
  local on, kind, start, channel, priority, ageingStepMs, maxWaiting, explained = cmsgpack.unpack(packed)
  return {
    on = on, kind = kind, start = start, channel = channel, priority = priority, ageingStepMs = ageingStepMs,
    maxWaiting = maxWaiting, explained = explained,
  }
end
