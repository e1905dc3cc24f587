if due and due <= now then return cjson.encode({ overdue = true, now = now }) end
