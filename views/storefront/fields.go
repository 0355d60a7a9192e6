package storefront

// FieldsPage is where the shopper types a card into the provider's fields. Without script, and while the fields cannot be had, it leads to the provider's page.
type FieldsPage struct {
	Shell
	OrderNumber string
	Amount      string // "€84.00"
	Until       string // "They are kept until 18:30."
	OrderURL    string
	PageURL     string // POST: closes what is open in the fields and opens the provider's page
	// Fields are absent when the provider did not answer.
	Fields *ProviderFields
}

// ProviderFields are what our script needs to show a provider's fields.
type ProviderFields struct {
	Script    string // the provider's
	Key       string
	Secret    string // opens this one payment; the page is kept nowhere
	ReturnURL string // absolute: where a shopper goes who has paid, or comes back to after a bank's second step
	Lang      string
}
