package product

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// furniture is a type with an attribute of each kind.
func furniture() *productv1.ProductType {
	return &productv1.ProductType{Name: "Furniture", Definitions: []*productv1.AttributeDefinition{
		{Name: "Material", Kind: productv1.AttributeKind_ATTRIBUTE_KIND_CHOICE, Choices: []string{"Oak", "Ash", "Steel"}, Many: true, Required: true},
		{Name: "Height", Kind: productv1.AttributeKind_ATTRIBUTE_KIND_NUMBER, Unit: "cm"},
		{Name: "Foldable", Kind: productv1.AttributeKind_ATTRIBUTE_KIND_FLAG},
		{Name: "Since", Kind: productv1.AttributeKind_ATTRIBUTE_KIND_DATE},
		{Name: "Tone", Kind: productv1.AttributeKind_ATTRIBUTE_KIND_COLOUR},
		{Name: "Fits", Kind: productv1.AttributeKind_ATTRIBUTE_KIND_PRODUCT},
		{Name: "Care", Kind: productv1.AttributeKind_ATTRIBUTE_KIND_TEXT},
	}}
}

func (s *shop) createType(given *productv1.ProductType) *productv1.ProductType {
	s.t.Helper()
	answer, err := s.CreateProductType(asStaff(s.t.Context()), &productv1.CreateProductTypeRequest{Type: given})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetType()
}

func specification(p *productv1.Product) string {
	var lines []string
	for _, a := range p.GetAttributes() {
		lines = append(lines, a.GetName()+": "+a.GetValue())
	}
	return strings.Join(lines, "; ")
}

// A product of a type keeps its values as what they are, in the type's order, and shoppers read them as words; what does not fit is named.
func TestTypedAttributes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	kind := s.createType(furniture())
	other := s.create(staff, mug("Cushion"))
	p := mug("Chair")
	p.TypeId, p.State = kind.GetId(), productv1.ProductState_PRODUCT_STATE_ACTIVE
	p.Attributes = []*productv1.Attribute{
		{Name: "Country", Value: "Denmark"}, // free
		{Name: "height", Value: "9.50 cm"},  // by name, as feeds write it
		{DefinitionId: kind.GetDefinitions()[0].GetId(), Typed: &productv1.AttributeValue{Kind: &productv1.AttributeValue_Choices{Choices: &productv1.Choices{Values: []string{"steel", "Oak"}}}}},
		{Name: "Foldable", Value: "yes"},
		{Name: "Since", Value: "2026-11-26"},
		{Name: "Tone", Value: "#1F6F50"},
		{DefinitionId: kind.GetDefinitions()[5].GetId(), Typed: &productv1.AttributeValue{Kind: &productv1.AttributeValue_ProductId{ProductId: other.GetId()}}},
	}
	p = s.create(staff, p)
	if got, want := specification(p), "Material: Oak, Steel; Height: 9.5 cm; Foldable: Yes; Since: 2026-11-26; Tone: #1f6f50; Fits: Cushion; Country: Denmark"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if p.GetAttributes()[1].GetTyped().GetNumber() != "9.5" || p.GetAttributes()[6].GetDefinitionId() != "" {
		t.Errorf("attributes %v", p.GetAttributes())
	}
	if same := s.mustUpdate(staff, p, "attributes"); same.GetVersion() != p.GetVersion() {
		t.Error("storing what was read is a change")
	}
	wrong := proto.CloneOf(p)
	wrong.Attributes = []*productv1.Attribute{
		{Name: "Height", Value: "tall"}, {Name: "Foldable", Value: "perhaps"}, {Name: "Since", Value: "2026-02-30"}, {Name: "Tone", Value: "red"},
		{Name: "Fits", Value: id.New()}, {DefinitionId: id.New()}, {Typed: &productv1.AttributeValue{}}, {Name: "Care", Value: ""},
	}
	_, err := s.update(staff, wrong, "attributes")
	want := "attributes[0].typed attributes[1].typed attributes[2].typed attributes[3].typed attributes[4].typed attributes[5].definition_id " +
		"attributes[6].typed attributes[7].typed attributes"
	if got := fieldsOf(err); !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s\n%v", got, want, err)
	}
	draft := mug("Stool")
	draft.TypeId = kind.GetId()
	draft = s.create(staff, draft)
	draft.State = productv1.ProductState_PRODUCT_STATE_ACTIVE
	if _, err := s.update(staff, draft, "state"); fieldsOf(err) != "state" {
		t.Errorf("for sale without its material: %v", err)
	}
	draft.State, draft.PublishTime = productv1.ProductState_PRODUCT_STATE_DRAFT, timestamppb.New(clock.Now().Add(time.Hour))
	if _, err := s.update(staff, draft, "publish_time"); fieldsOf(err) != "publish_time" {
		t.Errorf("to go on sale by itself without its material: %v", err)
	}
	wrong.TypeId = id.New()
	if _, err := s.update(staff, wrong, "type_id"); !strings.HasPrefix(fieldsOf(err), "type_id") {
		t.Errorf("unknown type: %v", err)
	}
}

// When staff change a type, its products follow, all of them, and what it no longer defines stays readable.
func TestChangeType(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	kind := s.createType(furniture())
	for i := range 3 {
		p := mug(fmt.Sprint("Chair ", i))
		p.TypeId = kind.GetId()
		p.Attributes = []*productv1.Attribute{{Name: "Height", Value: "9"}, {Name: "Care", Value: "Wipe"}}
		s.create(staff, p)
	}
	if _, err := s.CreateProductType(staff, &productv1.CreateProductTypeRequest{Type: &productv1.ProductType{Name: "FURNITURE"}}); fieldsOf(err) != "name" {
		t.Errorf("a name taken: %v", err)
	}
	changed := proto.CloneOf(kind)
	changed.Definitions = changed.GetDefinitions()[:2]
	changed.Definitions[1].Name, changed.Definitions[1].Unit = "Total height", "mm"
	answer, err := s.UpdateProductType(staff, &productv1.UpdateProductTypeRequest{Type: changed, ExpectedVersion: 1})
	if err != nil || !answer.GetType().GetRendering() {
		t.Fatalf("%v %v", answer, err)
	}
	for more := true; more; {
		rendered, err := s.RenderProductTypes(t.Context(), &productv1.RenderProductTypesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		more = rendered.GetMore()
	}
	for _, p := range s.products() {
		if specification(p) != "Total height: 9 mm; Care: Wipe" || p.GetVersion() != 2 || p.GetAttributes()[1].GetDefinitionId() != "" {
			t.Errorf("product %v", p.GetAttributes())
		}
	}
	got, err := s.GetProductType(s.seeing(), &productv1.GetProductTypeRequest{Id: kind.GetId()})
	if err != nil || got.GetType().GetRendering() || got.GetType().GetVersion() != 2 {
		t.Errorf("%v %v", got, err)
	}
	changed.Definitions[1].Kind = productv1.AttributeKind_ATTRIBUTE_KIND_TEXT
	if _, err := s.UpdateProductType(staff, &productv1.UpdateProductTypeRequest{Type: changed, ExpectedVersion: 2}); fieldsOf(err) != "definitions[1].kind definitions[1].unit" && fieldsOf(err) != "definitions[1].unit definitions[1].kind" {
		t.Errorf("a kind changed: %v", err)
	}
	if _, err := s.UpdateProductType(staff, &productv1.UpdateProductTypeRequest{Type: kind, ExpectedVersion: 1}); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("stale: %v", err)
	}
	if _, err := s.DeleteProductType(staff, &productv1.DeleteProductTypeRequest{Id: kind.GetId()}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("in use: %v", err)
	}
	free := s.createType(&productv1.ProductType{Name: "Art"})
	for range 2 {
		if _, err := s.DeleteProductType(staff, &productv1.DeleteProductTypeRequest{Id: free.GetId()}); err != nil {
			t.Error(err)
		}
	}
	list, err := s.ListProductTypes(s.seeing(), &productv1.ListProductTypesRequest{})
	if err != nil || len(list.GetTypes()) != 1 {
		t.Errorf("%v %v", list, err)
	}
}
