-- Whether an agent could take work, and where they stand in the indexes of who could. An agent's record says what they
-- are, hold and are members of; each membership says where the agent stands in that queue's index (`at`, `key`), so
-- that nothing is searched.

-- A schedule stands beside presence; an absence of it may be meant for one queue only.
local function absenceOf(agent, channel, queue)
  if agent.presence.state ~= 'available' then return { type = 'presence', presence = agent.presence } end
  for _, absence in ipairs(agent.absences or {}) do
    if not absence.queue or absence.queue == queue then
      return { type = 'scheduled', kind = absence.kind, why = absence.why, untilMs = absence.untilMs }
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

-- What a strategy orders by, and how ties are broken: members of equal score are ordered as strings.
local function placeOf(agent, id, member)
  local kind = member.kind
  local order = string.format('%06d ', member.order) .. id
  if kind == 'random' or kind == 'linear' then return order, member.order end
  if kind == 'round-robin' then return order, member.turn end
  if kind == 'priority' then return string.format('%014d ', agent.idle) .. order, member.priority end
  if kind == 'fewest-calls' then return string.format('%014d ', agent.idle) .. order, agent.fairCalls end
  if kind == 'least-talk-time' then return string.format('%014d ', agent.idle) .. order, agent.fairTalk end
  return order, agent.idle
end

local function reindex(id, agent)
  for _, member in ipairs(agent.queues) do
    local at, key
    if not unavailability(agent, member.channel, member.queue) then at, key = placeOf(agent, id, member) end
    if at ~= member.at or key ~= member.key then
      if member.at and member.at ~= at then call('ZREM', freeKey(member.queue), member.at) end
      if at then call('ZADD', freeKey(member.queue), key, at) end
      member.at, member.key = at, key
    end
  end
end

-- Writes what was touched, and brings the indexes up to it.
function flush()
  for id in pairs(touched) do
    local agent = agents[id]
    if agent then
      reindex(id, agent)
      call('HSET', agentsKey, id, cmsgpack.pack(agent))
    else
      call('HDEL', agentsKey, id)
    end
  end
  touched = {}
end
