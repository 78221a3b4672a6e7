-- Receivers that nothing has reached for long are found without reading any delivery's body.
CREATE INDEX deliveries_tried
    ON deliveries (state, channel, recipient, last_tried_at, first_tried_at, due_at);

-- A silence that was ended before its time is told as that.
ALTER TABLE silences ADD COLUMN ended_by_hand INTEGER NOT NULL DEFAULT 0;
