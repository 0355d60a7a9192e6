package auth

import (
	"io/fs"
	"slices"
	"testing"

	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	shop "github.com/tradewind-commerce/tradewind/queries"
)

// Staff who were there before the catalogue had permissions of its own get those that fit what they may do with products, and no others.
func TestEarlierStaffMayMerchandise(t *testing.T) {
	t.Parallel()
	checkPermissions(t, "20261127062000_auth_catalog_permissions.sql", map[string]permissions{
		"all":      {[]string{"products.read", "products.write", "orders.read"}, []string{"catalog.read", "catalog.write", "orders.read", "products.read", "products.write"}},
		"reader":   {[]string{"products.read"}, []string{"catalog.read", "products.read"}},
		"has them": {[]string{"catalog.read", "products.read"}, []string{"catalog.read", "products.read"}},
		"packer":   {[]string{"orders.read", "inventory.read"}, []string{"orders.read", "inventory.read"}},
		"nothing":  {[]string{}, []string{}},
	})
}

// Staff who were there before customers had accounts see and change customers as they do orders.
func TestEarlierStaffMayServeCustomers(t *testing.T) {
	t.Parallel()
	checkPermissions(t, "20261128000100_auth_customer_permissions.sql", map[string]permissions{
		"all":      {[]string{"orders.read", "orders.write", "settings.read"}, []string{"customers.read", "customers.write", "orders.read", "orders.write", "settings.read"}},
		"reader":   {[]string{"orders.read"}, []string{"customers.read", "orders.read"}},
		"has them": {[]string{"customers.read", "orders.read"}, []string{"customers.read", "orders.read"}},
		"buyer":    {[]string{"products.read", "inventory.read"}, []string{"products.read", "inventory.read"}},
		"nothing":  {[]string{}, []string{}},
	})
}

// permissions are what somebody may do before and after a migration.
type permissions struct{ had, has []string }

func checkPermissions(t *testing.T, file string, cases map[string]permissions) {
	t.Helper()
	db := postgrestest.New(t)
	migration, err := fs.ReadFile(shop.Migrations, file)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range cases {
		_, err := db.Primary().Exec(t.Context(), `insert into auth_staff (id, email, display_name, password_hash, permissions, create_time)
			values (gen_random_uuid(), replace($1, ' ', '-') || '@example.com', $1, '', $2, now())`, name, c.had)
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // it is also harmless to those who were given them by hand since
		if _, err := db.Primary().Exec(t.Context(), string(migration)); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range cases {
		var has []string
		if err := db.Primary().QueryRow(t.Context(), `select permissions from auth_staff where display_name = $1`, name).Scan(&has); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(has, c.has) {
			t.Errorf("%s may %v, want %v", name, has, c.has)
		}
	}
}
