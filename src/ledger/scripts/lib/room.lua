--@include store
-- Whether an agent could take work, and where they stand in the indexes of who could. An agent's record says what they
-- are, hold and are members of, and where they stand in each queue's index, so that nothing is searched.

-- A schedule stands beside presence; an absence of it may be meant for one queue only.
local function absenceOf(agent, channel, queue)
  if agent.presence.state ~= 'available' then return { type = 'presence', presence = agent.presence } end
  if agent.absences then
    for _, absence in ipairs(agent.absences) do
      if not absence.queue or absence.queue == queue then
        return { type = 'scheduled', kind = absence.kind, why = absence.why, untilMs = absence.untilMs }
      end
    end
  end
  if agent.off[channel] then return { type = 'channel-off', channel = channel } end
  if not agent.reach[channel] then return { type = 'unreachable', channel = channel } end
end

-- For interruptible work all holds count; for work that is not, the interruptible holds do not.
local function lackOfRoom(agent, channel)
  local weight, max, interruptible = unpack(agent.capacity[channel])
  local holds, all, firm = 0, 0, 0
  for _, hold in pairs(agent.holds) do
    if hold.channel == channel then holds = holds + 1 end
    all = all + hold.weight
    if hold.firm then firm = firm + hold.weight end
  end
  if holds + 1 > max then return { type = 'at-channel-limit', channel = channel, holds = holds, max = max } end
  local load = interruptible == 1 and all or firm
  if load + weight > agent.capacity.total then
    return { type = 'no-room', load = load, weight = weight, total = agent.capacity.total }
  end
end

local function unavailability(agent, channel, queue)
  local absence = absenceOf(agent, channel, queue)
  if absence then return absence end
  if agent.backOff then return { type = 'backing-off', cause = agent.backOff.cause, untilMs = agent.backOff.untilMs } end
  return lackOfRoom(agent, channel)
end

-- Strategies that prefer the longest idle among equals.
local tiesByIdle = {
  priority = true, ['fewest-calls'] = true, ['least-talk-time'] = true,
  ['maximum-utilisation'] = true, ['average-utilisation'] = true,
}

local function running(agent, channel)
  local count = 0
  for _, hold in pairs(agent.holds) do
    if hold.channel == channel then count = count + 1 end
  end
  return count
end

-- The agent's name in a queue's index, where only names count: first what the strategy orders by, then what breaks ties.
local function placeOf(id, member, key, idle)
  -- From the most down: below this are the negative keys.
  if member.kind == 'maximum-utilisation' then key = 0x80000000000 + key end
  if tiesByIdle[member.kind] then return format('%011x %011x %05x ', key, idle, member.order) .. id end
  return format('%011x %05x ', key, member.order) .. id
end

local function agentAt(place, kind)
  return sub(place, tiesByIdle[kind] and 31 or 19)
end

-- What the queue's strategy orders by.
local function keyOf(agent, member)
  local kind = member.kind
  if kind == 'random' or kind == 'linear' then return member.order end
  if kind == 'round-robin' then return member.turn end
  if kind == 'priority' then return member.priority end
  if kind == 'fewest-calls' then return agent.fairCalls end
  if kind == 'least-talk-time' then return agent.fairTalk end
  if kind == 'average-utilisation' then return running(agent, member.channel) end
  if kind == 'maximum-utilisation' then return 0 - running(agent, member.channel) end
  return agent.idle
end

-- Only what has changed is written; room is looked for once a channel, not once a queue.
local function reindex(id, agent)
  local isBlocked = agent.backOff or agent.presence.state ~= 'available'
  local hasRoom = {}
  local before, idle = agent.indexedIdle, agent.idle
  for _, member in ipairs(agent.queues) do
    local channel, stood, key = member.channel, member.key, false
    if not isBlocked then
      if hasRoom[channel] == nil then hasRoom[channel] = not lackOfRoom(agent, channel) end
      if hasRoom[channel] and not absenceOf(agent, channel, member.queue) then key = keyOf(agent, member) end
    end
    local isMoved = before ~= idle and tiesByIdle[member.kind]
    if stood and (isMoved or key ~= stood) then call('ZREM', freeKey(member.queue), placeOf(id, member, stood, before)) end
    if key and (isMoved or key ~= stood) then call('ZADD', freeKey(member.queue), '0', placeOf(id, member, key, idle)) end
    member.key = key
  end
  agent.indexedIdle = idle
end

-- Writes what was touched, and brings the indexes up to it.
local function flush()
  for id in pairs(touched) do
    local agent = agents[id]
    if agent then
      reindex(id, agent)
      saveAgent(id, agent)
    else
      dropAgent(id)
    end
  end
end
