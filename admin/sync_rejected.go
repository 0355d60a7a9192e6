package main

import (
	"encoding/csv"
	"net/http"
	"strconv"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/spreadsheet"
)

// rejectedRows is the file of refused rows, to mend and import again.
func (o *office) rejectedRows(w http.ResponseWriter, v visit) error {
	req := &productv1.ListRejectedRowsRequest{RunId: v.PathValue("id"), PageSize: 1000}
	answer, err := o.Sync.ListRejectedRows(v.ctx, req)
	if err != nil {
		return err
	}
	write, end := csvFile(w, "rejected.csv")
	write("row", "key", "column", "value", "reason")
	for {
		for _, row := range answer.GetRows() {
			write(strconv.FormatInt(row.GetRow(), 10), row.GetProductKey(), row.GetColumn(), row.GetValue(), row.GetReason())
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return end()
		}
		if answer, err = o.Sync.ListRejectedRows(v.ctx, req); err != nil {
			return err
		}
	}
}

// csvFile begins a file to download. Rows leave as they are written; end sends the last of them and says whether all could be sent.
func csvFile(w http.ResponseWriter, name string) (write func(cells ...string), end func() error) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	out := csv.NewWriter(w)
	write = func(cells ...string) {
		for i := range cells {
			cells[i] = spreadsheet.Guard(cells[i])
		}
		_ = out.Write(cells) // kept by the writer until Error is asked
	}
	return write, func() error {
		out.Flush()
		return out.Error()
	}
}
