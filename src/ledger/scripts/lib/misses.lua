--@include endings over
-- Offers that came to nothing.

local function backOff(id, agent, cause, at)
  local untilMs = at + (tonumber(call('HGET', metaKey, 'backOff:' .. cause)) or 0)
  if untilMs <= at or (agent.backOff and untilMs <= agent.backOff.untilMs) then return end
  endBackOff(id, agent)
  agent.backOff = { cause = cause, untilMs = untilMs }
  fallDue('back-off ' .. id, untilMs)
end

local function returnToLine(id, work)
  if not work.queue then return forget(id, work) end
  stopRinging(id, work)
  work.phase, work.agents, work.passed = 'waiting', nil, nil
  saveWork(id, work)
  joinLine(id, work)
end

-- An offer came to nothing at the agent: miss, back-off, perhaps away; perhaps the work returns to its line.
local function miss(workId, work, id, cause, at)
  local agent = agentOf(id)
  local others = {}
  for _, other in ipairs(work.agents) do
    if other ~= id then others[#others + 1] = other end
  end
  work.agents = others
  work.passed = work.passed or {}
  work.passed[id] = 1
  takeHoldAway(id, agent, workId, at)
  agent.misses = agent.misses + 1
  backOff(id, agent, cause, at)
  local limit = tonumber(call('HGET', metaKey, 'missesUntilAway')) or 0
  local putAway = limit > 0 and agent.misses >= limit and agent.presence.state == 'available'
  if putAway then changePresence(id, agent, { state = 'away', reason = 'missed calls' }, at) end
  if #others == 0 then returnToLine(workId, work) else saveWork(workId, work) end
  settle(id, agent, at)
  return #others, putAway
end
