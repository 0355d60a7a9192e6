-- +goose Up
-- The code of a card is mailed to who is given it. It is not stored for that: it is made anew when the mail is written, as long as a mail is due.
alter table gift_cards
    add column message     text not null default '', -- from whoever gives it, for who gets it
    add column mails_asked int  not null default 0,  -- how many mails with the code were asked for
    add column mails_sent  int  not null default 0,  -- the last one that went out
    add constraint gift_card_mails check (mails_sent between 0 and mails_asked),
    add constraint gift_card_mail_to check (mails_asked = mails_sent or email <> '');
