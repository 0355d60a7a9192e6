package main

import (
	"context"
	"fmt"
	"strings"
)

// appName names the shop's role and its database.
const appName = "tradewind"

// prepareDatabase makes the role and the database of the shop where they are missing, and sets the password anew, so
// that repeating it heals whatever an earlier run left half done. The role owns its database and nothing else.
func (c cluster) prepareDatabase(ctx context.Context, password string) error {
	quotedPassword := "'" + strings.ReplaceAll(password, "'", "''") + "'"
	_, err := c.sql(ctx, "postgres", `
select 'create role `+appName+`' where not exists (select from pg_roles where rolname = '`+appName+`') \gexec
alter role `+appName+` login nosuperuser nocreatedb nocreaterole noreplication password `+quotedPassword+`;
select 'create database `+appName+` owner `+appName+`'
	where not exists (select from pg_database where datname = '`+appName+`') \gexec
`)
	if err != nil {
		return fmt.Errorf("make the role and the database: %w", err)
	}
	offered, err := c.sql(ctx, appName, "select name from pg_available_extensions where name in ('pg_trgm', 'pg_stat_statements')")
	if err != nil {
		return err
	}
	if !strings.Contains(offered, "pg_trgm") {
		return fmt.Errorf("PostgreSQL in %s lacks the extension pg_trgm: install its contrib package", c.programs)
	}
	for extension := range strings.FieldsSeq(offered) {
		if _, err := c.sql(ctx, appName, "set client_min_messages = warning; create extension if not exists "+extension); err != nil {
			return fmt.Errorf("create the extension %s: %w", extension, err)
		}
	}
	return nil
}
