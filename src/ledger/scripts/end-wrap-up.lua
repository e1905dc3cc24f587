--@include wrap-up reply
if isOverdue() then return now end
local id = request.agent
local agent = agentOf(id)
local works = {}
for workId, hold in pairs(agent and agent.holds or {}) do
  if hold.state == 'wrap-up' then works[#works + 1] = workId end
end
table.sort(works)
for _, workId in ipairs(works) do endWrapUp(id, workId, now) end
if #works == 0 then return reply({ type = 'nothing-to-end' }) end
return reply({ type = 'ended', works = works })
