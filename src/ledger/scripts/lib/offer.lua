--@include holds works
-- Holds those who were chosen.
local function offerTo(workId, work, queueId, queue, chosen)
  for _, id in ipairs(chosen) do
    local agent = agentOf(id)
    work.agents[#work.agents + 1] = id
    takeHold(id, agent, workId, work, 'offered')
    if queue.kind == 'round-robin' then
      local turn = call('HINCRBY', metaKey, 'turns:' .. queueId, 1)
      for _, member in ipairs(agent.queues) do
        if member.queue == queueId then member.turn = turn end
      end
    end
  end
  saveWork(workId, work)
end
