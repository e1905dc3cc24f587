--@include room
-- Who gets an offer, from the index of who could take one now; and what is said about it.

-- So many candidates stand in the decision of a queue that is too large to explain in full.
local CANDIDATES_SHOWN = 5

-- Places in the order of the queue's strategy; ranks are inclusive, from 0. They are told as they are: whoever reads the
-- answer takes names and keys out of them.
local function candidates(queueId, from, to)
  return call('ZRANGE', freeKey(queueId), from, to)
end

local function agentsOf(found, queue, most)
  local ids = {}
  for index = 1, math.min(#found, most or #found) do ids[index] = agentAt(found[index], queue.kind) end
  return ids
end

-- Neighbours from a random start, round the end: every candidate is equally likely, with one random number.
local function pickAnywhere(found, count, random)
  local picked = {}
  local start = math.floor(random * #found)
  for offset = 0, math.min(count, #found) - 1 do
    picked[#picked + 1] = found[(start + offset) % #found + 1]
  end
  return picked
end

local function statesOf(agent, channel)
  local states = {}
  for _, hold in pairs(agent.holds) do
    if hold.channel == channel then states[#states + 1] = hold.state end
  end
  return states
end

-- Why each member who is no candidate is none; `leftOut[agent]` tells of those who were free and not asked.
local function passedOver(queueId, queue, isCandidate, leftOut)
  local passed = {}
  for _, id in ipairs(call('ZRANGE', membersKey(queueId), '0', '-1')) do
    if not isCandidate[id] then
      local agent = agentOf(id)
      local why = leftOut[id] and { type = leftOut[id] } or (agent and unavailability(agent, queue.channel, queueId))
      if why then passed[#passed + 1] = { agent = id, why = why, holds = statesOf(agent, queue.channel) } end
    end
  end
  return passed
end

-- In full for a queue of few members: looking at every one of many is what a match must not do.
local function decisionOf(queueId, queue, found, chosen, leftOut)
  local decision = { strategy = queue.kind, chosen = chosen, candidates = found }
  if queue.explained then
    local isCandidate = {}
    for _, id in ipairs(agentsOf(found, queue)) do isCandidate[id] = true end
    decision.passedOver = passedOver(queueId, queue, isCandidate, leftOut)
  elseif #found > CANDIDATES_SHOWN then
    decision.candidates = { unpack(found, 1, CANDIDATES_SHOWN) }
  end
  return decision
end
