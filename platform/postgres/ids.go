package postgres

import (
	"github.com/jackc/pgx/v5/pgtype"
)

// registerIDs lets lists of ids, which are strings here, travel as the sixteen bytes that each of them is. Without it the driver tries that first for every list,
// fails, and writes text, which the server reads again.
func registerIDs(types *pgtype.Map) {
	one := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: idCodec{}}
	types.RegisterType(one)
	types.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: &pgtype.ArrayCodec{ElementType: one}})
}

type idCodec struct{ pgtype.UUIDCodec }

// PlanEncode knows strings beside what the driver knows.
func (c idCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, text := value.(string); text && format == pgtype.BinaryFormatCode {
		return idPlan{}
	}
	return c.UUIDCodec.PlanEncode(m, oid, format, value)
}

type idPlan struct{}

// Encode fails for what is no id; the driver then sends the text, and the server says what is wrong with it.
func (idPlan) Encode(value any, buf []byte) ([]byte, error) {
	var id pgtype.UUID
	if err := id.Scan(value); err != nil {
		return nil, err
	}
	return append(buf, id.Bytes[:]...), nil
}
