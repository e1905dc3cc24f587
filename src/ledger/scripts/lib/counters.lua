--@include store
-- What is counted of each agent, for queues that go by it.

local fairKey = { ['fewest-calls'] = 'fairCalls', ['least-talk-time'] = 'fairTalk' }

-- Whoever is there stands in the counters of those queues that go by counters.
local function countAgain(id, agent)
  for _, member in ipairs(agent.queues) do
    local counter = fairKey[member.kind]
    if counter and member.there then call('ZADD', thereKey(member.queue), agent[counter], id) end
  end
end
